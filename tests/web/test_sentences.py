"""What the server says to people is in every catalogue of the pages, and nothing is there that it does not say.

The source is read, not run: every sentence with which an error is raised, with the module's own constants put in. Sentences
with values that only a request knows are said by their code (``api/errors.ts``), and protocols' are read by machines.
"""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[2]
CATALOGUES = HOUSE / "web/client/src/i18n/catalogues"
LANGUAGES = ("de", "es", "fr", "ko", "ar")
SAYS = ("chat", "hosts", "livestream", "cart", "web")
# Read by encoders, players and programs, or by whoever starts the server.
FOR_MACHINES = (
    "livestream.engine.", "livestream.rtmp.", "livestream.recording.captions", "livestream.show_store",
    "web.media.", "web.routes.hls", "web.routes.captions", "web.routes.upload_check", "web.routes.payments", "web.routing",
    "web.access:Send the show's stream key", "web.routes.clips:Give starts_ms", "web.routes.trailers:Send {clip_id}",
    "web.routes.moderation:before is", "web.routes.moderation:Names and",
    "web.routes.shows:state must", "web.routes.storefront:Give the currency",
    "web.routes.cart:Ask for at most", "cart.stripe_provider:This event", "cart.test_provider:The test provider sends",
)  # fmt: skip
# Tables from which a sentence is taken before it is raised.
TABLES = (("cart.stripe_provider", "DECLINES"), ("cart.test_cards", "REFUSALS"))
# Fields that the pages choose themselves and nobody types.
NOT_TYPED = frozenset({"limit", "after", "category", "kind", "language"})


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in SAYS:
        for path in sorted((HOUSE / package).rglob("*.py")):
            name = ".".join(path.relative_to(HOUSE).with_suffix("").parts)
            if not name.startswith(("web.demo.", "web.migrations.", "web.client.")):
                yield name, ast.parse(path.read_text(encoding="utf-8"))


def errors() -> frozenset[str]:
    """Names of the classes with which something is refused."""
    names = {"Refused"}
    for name, tree in modules():
        if name.endswith(".errors"):
            names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    return frozenset(names)


def text_of(module: str, node: ast.expr) -> str | None:
    """The sentence, if the source alone says which one it is."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        try:
            known: dict[str, Any] = vars(importlib.import_module(module))
            return str(eval(compile(ast.Expression(node), module, "eval"), dict(known)))
        except NameError:
            return None
    return None


def texts_of(module: str, node: ast.expr) -> list[str]:
    """All sentences that may be meant: one, or those of the module's own table or constant that is named."""
    text = text_of(module, node)
    if text is not None:
        return [text]
    name = node
    while isinstance(name, ast.Subscript):
        name = name.value
    known = vars(importlib.import_module(module)).get(name.id) if isinstance(name, ast.Name) else None
    return list(strings_in(known))


def strings_in(table: Any) -> Iterator[str]:
    if isinstance(table, str) and " " in table:  # a sentence; a code has none
        yield table
    elif isinstance(table, dict | tuple):
        for each in table.values() if isinstance(table, dict) else table:
            yield from strings_in(each)


def refusals() -> Iterator[tuple[str, str]]:
    """(module, sentence) of everything that is refused in words, as a page begins it."""
    names = errors()
    for module, table in TABLES:
        yield from ((module, sentence) for sentence in strings_in(vars(importlib.import_module(module))[table]))
    for module, tree in modules():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            if called not in names or not call.args:
                continue
            sentences = texts_of(module, call.args[0])
            if called in ("InvalidField", "Refused"):
                first = text_of(module, call.args[0])
                second = text_of(module, call.args[1]) if len(call.args) > 1 else None
                if first is None or second is None or (called == "InvalidField" and first in NOT_TYPED):
                    continue
                sentences = [second if called == "Refused" else f"{first} {second}"]
            for sentence in sentences:
                if not f"{module}:{sentence}".startswith(FOR_MACHINES):
                    yield module, sentence[0].upper() + sentence[1:]


def catalogue(language: str) -> dict[str, str]:
    merged: dict[str, str] = {}
    for path in (CATALOGUES / language).glob("*.json"):
        merged |= json.loads(path.read_text(encoding="utf-8"))
    return merged


def test_every_refusal_is_in_every_language() -> None:
    said = {sentence: module for module, sentence in refusals()}
    assert len(said) > 250, "the source is not read any more"
    for language in LANGUAGES:
        known = catalogue(language)
        lacking = [f'"{sentence}": "",  ({module})' for sentence, module in said.items() if sentence not in known]
        assert not lacking, f"add to catalogues/{language}/server.json:\n" + "\n".join(lacking)


def test_the_catalogues_know_nothing_that_the_server_does_not_say() -> None:
    says = {sentence for _, sentence in refusals()}
    for module, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant | ast.JoinedStr) and (text := text_of(module, node)):
                says.add(text[0].upper() + text[1:])
    for language in LANGUAGES:
        server = json.loads((CATALOGUES / language / "server.json").read_text(encoding="utf-8"))
        assert not set(server) - says
