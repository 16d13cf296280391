"""What goes wrong, as HTTP: one table from the packages' errors to statuses, one shape for every answer."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import sqlalchemy.exc
from aiohttp import web

from livestream import errors as livestream

logger = logging.getLogger(__name__)


class WebError(Exception):
    """An error of the HTTP layer itself."""

    status = 400
    code = "bad_request"

    def __init__(
        self, message: str, *, code: str | None = None, status: int | None = None, details: Any = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.details = details
        self.headers: dict[str, str] = {}


class BadRequest(WebError):
    pass


class SignedOut(WebError):
    status = 401
    code = "signed_out"


class Forbidden(WebError):
    status = 403
    code = "forbidden"


class NotFound(WebError):
    status = 404
    code = "not_found"


# Most special first does not matter: the table is looked up along the class's own ancestors.
STATUS: dict[type[Exception], int] = {
    livestream.LivestreamError: 400,
    livestream.ShowNotFound: 404,
    livestream.ShowStateError: 409,
    livestream.InvalidShow: 422,
    livestream.InvalidModerator: 422,
    livestream.StreamKeyRefused: 403,
    livestream.OffsetGone: 410,
    livestream.MediaError: 400,
    livestream.InvalidOffer: 400,
    livestream.UnacceptableOffer: 422,  # not 406: to WHEP players that promises an offer of ours in the body
    livestream.NothingLive: 409,
    livestream.EngineFull: 503,
    livestream.SessionNotFound: 404,
    livestream.InvalidFragment: 400,
    livestream.StaleEtag: 412,
    livestream.RestartRefused: 422,
    livestream.RecordingError: 400,
    livestream.RecordingNotFound: 404,
    livestream.RecordingGone: 410,
    livestream.ClipNotFound: 404,
    livestream.InvalidClip: 422,
    livestream.InvalidCaption: 422,
    livestream.InvalidTrailer: 422,
    livestream.RecordingBusy: 503,
    livestream.RtmpRefused: 400,
}
RETRY_AFTER: dict[type[Exception], float] = {livestream.NothingLive: 2, livestream.EngineFull: 10}  # seconds

# Classes of PostgreSQL's error codes (its manual, appendix A) that say "not now": connection, deadlock, out of resources,
# lock not available, shut down by an operator, system error.
PASSING = frozenset({"08", "40", "53", "55", "57", "58"})


def _collect(module: str, table: dict[str, int]) -> None:
    """Add a package's classes by name."""
    errors = importlib.import_module(module)
    for name, status in table.items():
        STATUS[getattr(errors, name)] = status


_collect(
    "chat.errors",
    {
        "ChatError": 400,
        "InvalidMessage": 422,
        "InvalidSanction": 422,
        "Sanctioned": 403,
        "NotAllowed": 403,
        "ShowClosed": 409,
        "ShowUnknown": 404,
        "PersonUnknown": 404,
        "MessageNotFound": 404,
        "SanctionNotFound": 404,
        "TooFast": 429,
        "HouseRule": 403,
        "Repeated": 409,
        "BlockedWord": 422,
        "InvalidRules": 422,
        "InvalidReport": 422,
        "AppealRefused": 409,
        "NothingToSettle": 409,
        "InvalidPoll": 422,
        "PollClosed": 409,
        "Busy": 503,
    },
)


_collect(
    "cart.errors",
    {
        "CartError": 400,
        "BadCursor": 400,
        "ListingUnknown": 404,
        "ShowUnknown": 404,
        "ShowOver": 409,
        "NotInLineup": 404,
        "LineupRefused": 409,
        "HoldRefused": 409,
        "BuyerBanned": 403,
        "HoldNotFound": 404,
        "HoldGone": 409,
        "IdempotencyMismatch": 422,
        "InProgress": 409,
        "TooCrowded": 503,
        "InvalidCheckout": 422,
        "InvalidCard": 422,
        "Declined": 402,
        "ConfirmationNeeded": 402,
        "PaymentUnknown": 404,
        "PaymentUnavailable": 503,
        "PaymentMethodNotFound": 404,
        "PaymentMethodsFull": 409,
        "CurationRefused": 409,
        "RequestNotFound": 404,
        "InvalidTerms": 422,
        "RefundRefused": 409,
        "WebhookRefused": 400,
        "OrderNotFound": 404,
        "SaleRefused": 409,
        "InvalidSale": 422,
        "SaleUnknown": 404,
        "BidRefused": 409,
        "OfferRefused": 409,
        "OfferNotFound": 404,
        "GiveawayRefused": 409,
        "WaitRefused": 409,
        "ParcelNotFound": 404,
        "ParcelStateError": 409,
    },
)
_collect(
    "hosts.errors",
    {
        "HostsError": 400,
        "AccountNotFound": 404,
        "ListingNotFound": 404,
        "PhotoNotFound": 404,
        "InvalidField": 422,
        "EmailTaken": 409,
        "HandleTaken": 409,
        "WrongCredentials": 401,
        "TooManyTries": 429,
        "Busy": 503,
        "QuantityInUse": 409,
        "InvalidPhoto": 422,
        "PhotosFull": 409,
        "OwnCloset": 409,
    },
)


def error_response(error: Exception) -> web.Response | None:
    """The answer to a known error, or None."""
    if isinstance(error, WebError):
        return _response(error.status, error.code, error.message, error.details, error.headers)
    for kind in type(error).__mro__:
        if kind in STATUS:
            message = getattr(error, "message", str(error))
            retry = getattr(error, "retry_after", None) or RETRY_AFTER.get(kind)
            headers = {"Retry-After": str(int(retry + 0.999))} if retry else {}
            return _response(
                STATUS[kind], getattr(error, "code", "error"), message, getattr(error, "details", None), headers
            )
    if is_unavailable(error):
        logger.error("the database or the disk does not answer: %s", error)
        return _response(
            503, "unavailable", "The shop is catching its breath. Please try again.", None, {"Retry-After": "2"}
        )
    return None


def is_unavailable(error: Exception) -> bool:
    """Whether the database or the disk does not answer now, so that asking again may help."""
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        passing = isinstance(error, (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError))
        return passing or error.connection_invalidated or state[:2] in PASSING
    return isinstance(error, (sqlalchemy.exc.TimeoutError, OSError))


def _response(status: int, code: str, message: str, details: Any, headers: dict[str, str]) -> web.Response:
    body: dict[str, Any] = {"code": code, "message": message}
    if details is not None:
        body["details"] = details
    return web.Response(
        status=status,
        body=msgspec.json.encode({"error": body}),
        content_type="application/json",
        headers={"Cache-Control": "no-store", **headers},
    )


HTTP_MESSAGES = {
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_large", "The body is too large."),
}


@web.middleware
async def error_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """No traceback ever reaches a client; everything unknown is logged and answered as 500."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400 or not request.path.startswith(
            ("/api/", "/ws/", "/whip/", "/whep/", "/hls/", "/clips/", "/trailers/")
        ):
            raise
        code, message = HTTP_MESSAGES.get(error.status, ("http_error", error.reason))
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _response(error.status, code, message, None, headers)
    except ConnectionResetError:
        raise
    except Exception as error:
        response = error_response(error)
        if response is not None:
            return response
        logger.exception("%s %s failed", request.method, request.path)
        return _response(500, "internal", "Something broke on our side. Please try again.", None, {})
