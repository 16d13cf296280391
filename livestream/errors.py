"""What can go wrong with a show and its media. The web layer maps each class to a status once (``web/errors.py``)."""


class LivestreamError(Exception):
    """Base of this package's errors. ``code`` is stable and machine-readable; the message is a sentence for a person."""

    code = "livestream"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ShowNotFound(LivestreamError):
    code = "show_not_found"


class ShowStateError(LivestreamError):
    """The show is not in a state in which this can be done."""

    code = "show_state"


class InvalidShow(LivestreamError):
    """A field of a show was refused; the message names it and says what is accepted."""

    code = "invalid_show"


class InvalidModerator(LivestreamError):
    code = "invalid_moderator"


class StreamKeyRefused(LivestreamError):
    """The stream key is not, or no longer, the show's."""

    code = "stream_key_wrong"


class OffsetGone(LivestreamError):
    """Events after this offset cannot be given any more: take a snapshot."""

    code = "offset_gone"


class MediaError(LivestreamError):
    """Base of what the media engine refuses."""

    code = "media"


class InvalidOffer(MediaError):
    """The SDP cannot be parsed or lacks what WHIP or WHEP require (HTTP 400)."""

    code = "invalid_offer"


class UnacceptableOffer(MediaError):
    """The SDP is well-formed but offers nothing this server can carry: no common codec, wrong direction (HTTP 422)."""

    code = "unacceptable_offer"


class NothingLive(MediaError):
    """No host publishes in this show right now (HTTP 409 with Retry-After)."""

    code = "nothing_live"


class EngineFull(MediaError):
    """The engine carries as many sessions as it is allowed to (HTTP 503 with Retry-After)."""

    code = "engine_full"


class SessionNotFound(MediaError):
    code = "media_session_not_found"


class InvalidFragment(MediaError):
    """A trickle-ICE SDP fragment (RFC 8840) that cannot be parsed (HTTP 400)."""

    code = "invalid_fragment"


class StaleEtag(MediaError):
    """The If-Match of a PATCH names another ICE session than the current one (HTTP 412)."""

    code = "stale_etag"


class RestartRefused(MediaError):
    """An ICE restart cannot be done for this session (HTTP 422); the session goes on as it was."""

    code = "restart_refused"


class RecordingError(LivestreamError):
    """Base of what recordings, clips, captions and trailers refuse."""

    code = "recording"


class RecordingNotFound(RecordingError):
    """Nothing of this show is (or is yet) to be seen this way (HTTP 404)."""

    code = "recording_not_found"


class RecordingGone(RecordingError):
    """There was a recording, and it has been deleted (HTTP 410)."""

    code = "recording_gone"


class ClipNotFound(RecordingError):
    code = "clip_not_found"


class InvalidClip(RecordingError):
    """A clip's times or title were refused, or there is no recording of them (HTTP 422)."""

    code = "invalid_clip"


class InvalidCaption(RecordingError):
    """A caption's text, times or language were refused (HTTP 422)."""

    code = "invalid_caption"


class InvalidTrailer(RecordingError):
    """A file that is no video we can play, or is too long or too large (HTTP 422)."""

    code = "invalid_trailer"


class RecordingBusy(RecordingError):
    """As many clips as may wait are being made (HTTP 503 with Retry-After)."""

    code = "busy"
    retry_after = 10.0


class RtmpRefused(MediaError):
    """An RTMP client speaks no RTMP, or asks for something that is not served here."""

    code = "rtmp_refused"
