"""Shows: planned, on air, ended; and what their hosts do with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from hosts.person import Person
from hosts.picture_urls import thumb_url
from livestream.media import ShowMedia
from livestream.show_service import MAX_OFFICE
from livestream.show_store import Listed
from livestream.shows import ON_AIR, OVER, PersonData, Show, State
from web.access import Access
from web.errors import BadRequest
from web.routes.photos import read_picture
from web.routing import Call, Route

LIMIT, LIMIT_MOST = 20, 50
LISTS: tuple[Listed, ...] = ("live", "upcoming", "ended")
NOBODY = Person("", "", "", None)


class ShowView(msgspec.Struct):
    """``viewers`` counts who watches now; ``featured`` names the listings shown right now; ``role`` is the caller's."""

    show_id: str
    title: str
    description: str
    host: Person
    state: Literal["scheduled", "live", "interrupted", "ended", "cancelled"]
    starts_at: int
    started_at: int | None
    ended_at: int | None
    poster: str | None  # the host's, or a still of the replay
    trailer: bool  # whether one plays before it begins
    viewers: int
    following: bool
    role: Literal["host", "moderator"] | None
    featured: list[str]


class StudioShow(ShowView):
    """What the host sees: ``stream_key`` opens ``/whip/{show_id}``."""

    stream_key: str
    moderators: list[Person]
    roles_end: dict[str, int]  # Unix ms by account, of the roles that end before the show


class ShowPage(msgspec.Struct):
    items: list[ShowView]
    next: str | None


class CreateShow(msgspec.Struct):
    title: str
    starts_at: int
    description: str = ""


class ChangeShow(msgspec.Struct):
    title: str | None = None
    description: str | None = None
    starts_at: int | None = None


class Moderators(msgspec.Struct):
    moderators: list[Person]
    roles_end: dict[str, int]


async def list_shows(call: Call[None]) -> ShowPage:
    """Shows on air (the default), planned or ended; of one host where ``host`` names a handle."""
    listed = call.query.get("state", "live")
    if listed not in LISTS:
        raise BadRequest(f"state must be one of {', '.join(LISTS)}.")
    limit = call.query_int("limit", LIMIT, 1, LIMIT_MOST) or LIMIT
    host_id = None
    if handle := call.query.get("host"):
        host_id = (await _person(call, handle)).id
    found, after = await call.services.shows.page(listed, host_id=host_id, after=call.query.get("after"), limit=limit)
    return ShowPage(await _views(call, found), after)


async def create_show(call: Call[CreateShow]) -> StudioShow:
    """Plan a show."""
    body = call.body
    host = await _by_id(call, call.account_id)
    show = await call.services.shows.schedule(host, body.title, body.description, body.starts_at)
    return await _studio(call, show)


async def show_show(call: Call[None]) -> ShowView:
    """One show as everybody sees it."""
    return (await _views(call, [await call.services.shows.get(call.path["show_id"])]))[0]


async def studio(call: Call[None]) -> StudioShow:
    """One show as its host sees it, with the stream key."""
    return await _studio(call, await call.services.shows.get(call.path["show_id"]))


async def change_show(call: Call[ChangeShow]) -> StudioShow:
    """Change title, description or, before it begins, the time."""
    body = call.body
    show = await call.services.shows.edit(
        call.path["show_id"],
        call.account_id,
        title=body.title,
        description=body.description,
        starts_at=body.starts_at,
    )
    return await _studio(call, show)


async def cancel_show(call: Call[None]) -> StudioShow:
    """Call a planned show off."""
    return await _studio(call, await call.services.shows.cancel(call.path["show_id"], call.account_id))


async def end_show(call: Call[None]) -> StudioShow:
    """End a show that is on air."""
    return await _studio(call, await call.services.shows.end(call.path["show_id"], call.account_id))


async def rotate_stream_key(call: Call[None]) -> StudioShow:
    """Make a new stream key; whoever publishes with the old one is cut off."""
    return await _studio(call, await call.services.shows.rotate_stream_key(call.path["show_id"]))


async def name_moderator(call: Call[None]) -> Moderators:
    """Name somebody a moderator of this show; again is fine. ``seconds``: the role ends by itself after so long."""
    person = await _person(call, call.path["handle"])
    ids = await call.services.shows.name_moderator(
        call.path["show_id"], call.account_id, _data(person), seconds=call.query_int("seconds", None, 60, MAX_OFFICE)
    )
    return await _moderators(call, ids)


async def revoke_moderator(call: Call[None]) -> Moderators:
    """Somebody is no moderator of this show any more."""
    person = await _person(call, call.path["handle"])
    ids = await call.services.shows.revoke_moderator(call.path["show_id"], call.account_id, person.id)
    return await _moderators(call, ids)


async def show_media(call: Call[None]) -> ShowMedia:
    """What arrives from the host, measured over the last second."""
    return await call.services.engine.show_media(call.path["show_id"])


async def set_poster(call: Call[None]) -> StudioShow:
    """Send the bytes of a JPEG, PNG or WebP picture to be shown until the show begins."""
    services, show_id = call.services, call.path["show_id"]
    data = await read_picture(call)
    async with services.hosts.pictures.adding_photo(data) as picture_id:
        before = await services.shows.set_poster(show_id, picture_id)
    if before is not None:
        await services.hosts.pictures.remove(before)
    return await _studio(call, await services.shows.get(show_id))


async def remove_poster(call: Call[None]) -> StudioShow:
    """Show no poster any more."""
    services, show_id = call.services, call.path["show_id"]
    before = await services.shows.set_poster(show_id, None)
    if before is not None:
        await services.hosts.pictures.remove(before)
    return await _studio(call, await services.shows.get(show_id))


# -- views


async def _views(call: Call[Any], found: Sequence[Show]) -> list[ShowView]:
    services, viewer = call.services, call.viewer_id
    host_ids = {show.host_id for show in found}
    async with services.database.reading() as connection:
        people = await services.hosts.people.people_by_id(connection, host_ids)
    followed = await services.hosts.closets.followed(viewer, host_ids)
    moderated = set() if viewer is None else await services.shows.moderated_by(viewer, [show.show_id for show in found])
    unpictured = [show.show_id for show in found if show.state in OVER and show.poster is None]
    stills = await services.recordings.pictured(unpictured) if unpictured else set()
    ahead = [show.show_id for show in found if show.state is State.SCHEDULED]
    trailers = await services.trailers.of_shows(ahead) if ahead else set()
    views = []
    for show in found:
        still = f"/hls/{show.show_id}/poster.jpg" if show.show_id in stills else None
        role: Literal["host", "moderator"] | None = "moderator" if show.show_id in moderated else None
        featured = [] if show.state in OVER else await services.rooms.featured(show.show_id)
        views.append(
            ShowView(
                show_id=show.show_id,
                title=show.title,
                description=show.description,
                host=people.get(show.host_id, NOBODY),
                state=show.state.value,
                starts_at=show.starts_at,
                started_at=show.started_at,
                ended_at=show.ended_at,
                poster=thumb_url(show.poster) or still,
                trailer=show.show_id in trailers,
                viewers=services.shows.viewers.of(show.show_id) if show.state in ON_AIR else 0,
                following=show.host_id in followed,
                role="host" if show.host_id == viewer else role,
                featured=featured,
            )
        )
    return views


async def _studio(call: Call[Any], show: Show) -> StudioShow:
    view = (await _views(call, [show]))[0]
    moderators = await _people(call, await call.services.shows.moderators(show.show_id))
    ends = await call.services.shows.office_ends(show.show_id)
    return StudioShow(**msgspec.structs.asdict(view), stream_key=show.stream_key, moderators=moderators, roles_end=ends)


async def _moderators(call: Call[Any], ids: Sequence[str]) -> Moderators:
    return Moderators(await _people(call, ids), await call.services.shows.office_ends(call.path["show_id"]))


async def _people(call: Call[Any], ids: Sequence[str]) -> list[Person]:
    async with call.services.database.reading() as connection:
        people = await call.services.hosts.people.people_by_id(connection, ids)
    return [people[one] for one in ids if one in people]


async def _person(call: Call[Any], handle: str) -> Person:
    async with call.services.database.reading() as connection:
        return await call.services.hosts.people.by_handle(connection, handle)


async def _by_id(call: Call[Any], account_id: str) -> PersonData:
    return _data((await _people(call, [account_id]))[0])


def _data(person: Person) -> PersonData:
    return {"id": person.id, "handle": person.handle, "name": person.name, "avatar": person.avatar}


ONE = "/api/shows/{show_id}"
HOST = Access.SHOW_HOST
ROUTES = (
    Route("GET", "/api/shows", list_shows, Access.ANYONE, returns=ShowPage),
    Route("POST", "/api/shows", create_show, Access.SIGNED_IN, body=CreateShow, returns=StudioShow, status=201),
    Route("GET", ONE, show_show, Access.ANYONE, returns=ShowView),
    Route("PATCH", ONE, change_show, HOST, body=ChangeShow, returns=StudioShow),
    Route("GET", ONE + "/studio", studio, HOST, returns=StudioShow),
    Route("POST", ONE + "/cancel", cancel_show, HOST, returns=StudioShow),
    Route("POST", ONE + "/end", end_show, HOST, returns=StudioShow),
    Route("POST", ONE + "/stream-key", rotate_stream_key, HOST, returns=StudioShow),
    Route("PUT", ONE + "/moderators/{handle}", name_moderator, HOST, returns=Moderators),
    Route("DELETE", ONE + "/moderators/{handle}", revoke_moderator, HOST, returns=Moderators),
    Route("GET", ONE + "/media", show_media, HOST, returns=ShowMedia),
    Route("PUT", ONE + "/poster", set_poster, HOST, returns=StudioShow),
    Route("DELETE", ONE + "/poster", remove_poster, HOST, returns=StudioShow),
)
