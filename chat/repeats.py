"""One thing said again and again: by one person, or by many in chorus. Pure but for its memory; the time is given.

Per process, bounded, and forgotten within a minute: a raid that spreads over several servers is as many small raids. The
short cries of a happy room ("yes!", hearts, "sold") are no chorus, however many join.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from chat.disguise import key

OWN_SECONDS = 30.0  # the same person saying the same
OWN_LETTERS = 8  # of the text without repeats: "sold!" and hearts may be said twice
CHORUS_SECONDS = 20.0
CHORUS = 4  # this many others said it already: the next one waits for a moderator
CHORUS_LETTERS = 16  # of the text without repeats: shorter things are said by many for good reasons
MAX_TEXTS = 20_000  # remembered over all shows, the oldest go first; some 200 bytes each


@dataclass(slots=True)
class _Heard:
    times: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=CHORUS + 1))


class Repeats:
    def __init__(self, texts: int = MAX_TEXTS) -> None:
        self._texts = texts
        self._heard: OrderedDict[bytes, _Heard] = OrderedDict()

    def heard(self, show_id: str, account_id: str, text: str, now: float) -> str | None:
        """``"own"``: this person said so a moment ago; ``"chorus"``: several others did; None: it is new. Remembers it."""
        folded = key(text) or text  # emoji have no words
        digest = hashlib.blake2b(f"{show_id}\0{folded}".encode(errors="replace"), digest_size=16).digest()
        heard = self._heard.setdefault(digest, _Heard())
        self._heard.move_to_end(digest)
        own = any(who == account_id and now - when < OWN_SECONDS for when, who in heard.times)
        others = {who for when, who in heard.times if who != account_id and now - when < CHORUS_SECONDS}
        heard.times.append((now, account_id))
        while len(self._heard) > self._texts:
            self._heard.popitem(last=False)
        if own and len(folded) >= OWN_LETTERS:
            return "own"
        return "chorus" if len(others) >= CHORUS and len(folded) >= CHORUS_LETTERS else None
