"""WHIP and WHEP over HTTP, as thin as can be: what independent clients need to reach an engine in these tests."""

from __future__ import annotations

from aiohttp import web

from livestream.errors import InvalidFragment, LivestreamError, NothingLive, SessionNotFound, StaleEtag
from livestream.media import MediaEngine

ENGINE = web.AppKey("engine", MediaEngine)
STATUS: dict[type[LivestreamError], int] = {
    NothingLive: 409,
    SessionNotFound: 404,
    StaleEtag: 412,
    InvalidFragment: 400,
}


async def enter(request: web.Request) -> web.Response:
    engine, show_id = request.app[ENGINE], request.match_info["show_id"]
    join = engine.publish if request.match_info["protocol"] == "whip" else engine.watch
    try:
        description = await join(show_id, await request.text())
    except LivestreamError as error:
        return web.Response(status=STATUS.get(type(error), 422), text=error.message)
    headers = {"Location": f"/session/{description.session_id}", "ETag": description.etag}
    return web.Response(status=201, text=description.answer, content_type="application/sdp", headers=headers)


async def change(request: web.Request) -> web.Response:
    engine, session_id = request.app[ENGINE], request.match_info["session_id"]
    try:
        if request.method == "DELETE":
            await engine.close(session_id)
            return web.Response()
        answer = await engine.patch(session_id, request.headers.get("If-Match"), await request.text())
    except LivestreamError as error:
        return web.Response(status=STATUS.get(type(error), 422), text=error.message)
    if answer.sdpfrag is None:
        return web.Response(status=204)
    return web.Response(
        text=answer.sdpfrag, content_type="application/trickle-ice-sdpfrag", headers={"ETag": answer.etag}
    )


async def page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>interop</title><body></body>", content_type="text/html")


def whip_app(engine: MediaEngine) -> web.Application:
    app = web.Application()
    app[ENGINE] = engine
    app.router.add_get("/", page)
    app.router.add_post("/{protocol:whip|whep}/{show_id}", enter)
    app.router.add_route("DELETE", "/session/{session_id}", change)
    app.router.add_patch("/session/{session_id}", change)
    return app
