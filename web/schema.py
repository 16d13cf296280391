"""All tables of all packages, for migrations and for tests that start from an empty schema."""

from __future__ import annotations

import sqlalchemy as sa

from cart import selling_tables as cart
from chat.tables import metadata as chat
from hosts.notices.tables import notices
from hosts.tables import metadata as hosts
from livestream.tables import metadata as livestream


def all_metadata() -> tuple[sa.MetaData, ...]:
    """In the order in which the tables need each other."""
    assert notices.metadata is hosts  # a part of the package with tables of its own, read so that they are known
    return (hosts, livestream, chat, cart.metadata)  # of cart: with those of ``cart.tables``


def create_all(connection: sa.Connection) -> None:
    """Create every table in an empty database."""
    for metadata in all_metadata():
        metadata.create_all(connection)
