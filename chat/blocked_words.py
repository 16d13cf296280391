"""Words and phrases that a show does not want to read, found whatever they are dressed as. Pure.

One automaton (Aho-Corasick) over all words reads each message once, however many words there are. Both sides are stripped of
disguises (``disguise.py``) and of repeated letters; what is found is then compared letter by letter, because "good" is no
"god" with a long o. A match is whole words, except in scripts that write without spaces.
"""

from __future__ import annotations

from collections.abc import Iterable

import ahocorasick

from chat.disguise import is_unspaced, readings, runs, undisguised, without_numbers

MAX_WORDS = 500
MAX_WORD = 60  # code points of one word or phrase
LONG = (
    4  # letters from which one doubled letter is read as a disguise: shorter words have innocent neighbours (but, butt)
)
STRETCHED = 3  # the same letter this often in a row is no spelling


class BlockedWords:
    """Built once per change of the list; ``find`` may be called from anywhere."""

    def __init__(self, words: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        self._words: dict[str, list[tuple[str, str]]] = {}  # squeezed -> (folded, as it was entered)
        for word in words:
            folded = readings(word)[0].line or undisguised(word).strip()
            if folded:
                self._words.setdefault(_squeezed(folded), []).append((folded, word))
        self._phrases = any(" " in squeezed for squeezed in self._words)
        for squeezed in self._words:
            self._automaton.add_word(squeezed, squeezed)
        if self._words:
            self._automaton.make_automaton()

    def __len__(self) -> int:
        return sum(len(entries) for entries in self._words.values())

    def find(self, text: str) -> str | None:
        """The first blocked word in the text, as it was entered; None: there is none."""
        if not self._words:
            return None
        for reading in readings(text):
            found = self._find_in(reading.line, text, phrases_only=False)
            if found is not None:
                return found
        if self._phrases:  # "fr33" alone is a French size; before "m0ney" it is none
            for reading in readings(text, sizes_too=True):
                found = self._find_in(reading.line, text, phrases_only=True)
                if found is not None:
                    return found
        return None

    def _find_in(self, line: str, text: str, *, phrases_only: bool) -> str | None:
        letters = runs(line)
        squeezed = "".join(letter for letter, _ in letters)
        for end, hit in self._automaton.iter(squeezed):
            start = end - len(hit) + 1
            whole = (start == 0 or squeezed[start - 1] == " ") and (
                end + 1 == len(squeezed) or squeezed[end + 1] == " "
            )
            for folded, entered in self._words[hit]:
                if phrases_only and " " not in folded:
                    continue
                if not (whole or is_unspaced(folded)) or not _same(letters[start : end + 1], runs(folded)):
                    continue
                if folded.replace(" ", "").isdigit() and not _stands_alone(folded, text):
                    continue  # a blocked number is fine as a price or a size
                return entered
        return None


def _squeezed(folded: str) -> str:
    return "".join(letter for letter, _ in runs(folded))


def _same(said: list[tuple[str, int]], blocked: list[tuple[str, int]]) -> bool:
    """Whether a stretch of text is the blocked word, perhaps with letters repeated."""
    extra = 0
    stretched = False
    for (_, many), (_, wanted) in zip(said, blocked, strict=True):
        if many < wanted:
            return False
        extra += many > wanted
        stretched = stretched or (many > wanted and many >= STRETCHED)
    if extra == 0 or stretched or extra > 1:
        return True
    return sum(count for letter, count in blocked if letter != " ") >= LONG


def _stands_alone(number: str, text: str) -> bool:
    return any(
        number == reading.line or f" {number} " in f" {reading.line} " for reading in readings(without_numbers(text))
    )
