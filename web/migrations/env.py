"""Alembic's way in. The server hands over its open connection; ``web/migrate.py`` is who calls."""

from __future__ import annotations

from alembic import context

from web.schema import all_metadata

config = context.config


def run() -> None:
    connection = config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=list(all_metadata()),
        render_as_batch=connection.dialect.name == "sqlite",  # SQLite alters tables by copying them
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
