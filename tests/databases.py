"""Real databases for tests: a PostgreSQL server in a temporary directory, run by an unprivileged user, on a free loopback port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.brokers import free_port, wait_for_port

SERVER_USER = "nobody"  # PostgreSQL refuses to run as root


def _binary(name: str) -> str:
    places = [os.environ.get("PATH", ""), *sorted((str(path) for path in Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)]
    path = shutil.which(name, path=os.pathsep.join(places))
    if path is None:
        raise RuntimeError(f"{name} is not installed; the tests need it (apt-get install postgresql)")
    return path


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database of a running server."""
    with tempfile.TemporaryDirectory(prefix="postgresql-") as directory:
        root = Path(directory)
        as_user: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(root, SERVER_USER)
            as_user = ["runuser", "-u", SERVER_USER, "--"]
        cluster = root / "cluster"
        subprocess.run(
            [*as_user, _binary("initdb"), "-D", str(cluster), "-U", "fleet", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        port = free_port()
        server = subprocess.Popen(
            [*as_user, _binary("postgres"), "-D", str(cluster), "-h", "127.0.0.1", "-p", str(port), "-k", str(root)],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for_port(port, server)
            _wait_until_ready(port)
            yield f"postgresql://fleet@127.0.0.1:{port}/postgres"
        finally:
            pidfile = cluster / "postmaster.pid"
            if pidfile.exists():
                os.kill(int(pidfile.read_text().split()[0]), 3)  # SIGQUIT: end at once
            server.wait(10)


def _wait_until_ready(port: int) -> None:
    import psycopg

    for _ in range(200):
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=fleet dbname=postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            continue
        return
    raise RuntimeError("PostgreSQL does not become ready")
