"""Opening the far end's database: which kinds are supported, and that each of them keeps what it confirms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from cloud_bridge.fleet import schema


class LedgerError(RuntimeError):
    """The database cannot be used. The message says what to do."""


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///file`` or ``postgresql://...`` with the tables made. Raises LedgerError."""
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise LedgerError(f"{url!r}: only sqlite:///file and postgresql://user@host/database are supported")
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _durable_sqlite)
            event.listen(engine, "begin", _begin_immediate)
        schema.metadata.create_all(engine)
    except LedgerError:
        raise
    except Exception as error:  # SQLAlchemy, the driver and the server each have their own
        raise LedgerError(f"the database {url!r} cannot be used: {error}") from error
    return engine


def _durable_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, see _begin_immediate
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
