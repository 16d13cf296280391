"""All tables of all packages, for migrations and for tests that start from an empty schema."""

from __future__ import annotations

import importlib

import sqlalchemy as sa

PACKAGES = ("hosts", "livestream", "chat", "cart")  # in the order in which their tables need each other


def all_metadata() -> tuple[sa.MetaData, ...]:
    found = []
    for package in PACKAGES:
        try:
            found.append(importlib.import_module(f"{package}.tables").metadata)
        except ModuleNotFoundError:
            continue
    return tuple(found)


def create_all(connection: sa.Connection) -> None:
    """Create every table in an empty database."""
    for metadata in all_metadata():
        metadata.create_all(connection)
