"""What the two halves of the engine tell each other. Callers of the engine see ``livestream/errors.py`` only."""


class EngineError(Exception):
    """Base of the engine's internal errors; none of them leaves the engine's thread."""


class HandshakeFailed(EngineError):
    """DTLS cannot go on: wrong fingerprint, no SRTP profile, a fatal alert."""


class NotAuthentic(EngineError):
    """A packet failed SRTP authentication, was replayed, or names one synchronisation source too many."""
