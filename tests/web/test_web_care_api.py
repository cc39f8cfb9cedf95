"""The technician's API: who may ask, what comes, and inputs that nobody in their right mind sends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from edge.access.rights import Role
from tests.web.shown_care import RECORDING
from tests.web.shown_store import ShownStore, served
from tests.web.signed_in import page_of, program

pytestmark = pytest.mark.asyncio(loop_scope="session")
READ = (
    "/api/v1/devices",
    "/api/v1/devices/a/trace",
    "/api/v1/recordings",
    "/api/v1/recordings/visit/0193-visit-0001",
    f"/api/v1/recordings/{RECORDING.name}/file",
    "/api/v1/checkup",
    "/api/v1/checkup/file",
    "/api/v1/logs",
    "/api/v1/logs/file",
    "/api/v1/versions",
)
DONE = {
    "/api/v1/recordings": {"seconds": 60, "note": "x"},
    "/api/v1/recordings/last": {"minutes": 5},
    "/api/v1/recordings/visit": {"visit": "0193-visit-0001"},
    "/api/v1/recordings/end": {},
    f"/api/v1/recordings/{RECORDING.name}/delete": {},
    "/api/v1/checkup": {},
    "/api/v1/models/product-embedder/use": {"version": "2"},
    "/api/v1/models/product-embedder/rollback": {},
}


class Asked:
    """One store for all tests here; each begins with an untouched technician's side."""

    def __init__(self, store: ShownStore, url: str) -> None:
        self.store, self.url = store, url
        self._clients: dict[Role | None, httpx.AsyncClient] = {}

    async def by(self, role: Role | None) -> httpx.AsyncClient:
        """Somebody with this role, or a program on the machine."""
        if role not in self._clients:
            self._clients[role] = program(self.url) if role is None else await page_of(self.url, role)
        return self._clients[role]

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def everybody() -> AsyncIterator[Asked]:
    store = ShownStore()
    async with served(store) as url:
        found = Asked(store, url)
        yield found
        await found.close()


@pytest.fixture
def asked(everybody: Asked) -> Asked:
    recordings = everybody.store.care.recordings
    recordings.kept, recordings.running = [RECORDING], None
    recordings.asked.clear()
    everybody.store.care.asked.clear()
    return everybody


@pytest.mark.parametrize("role", ["viewer", "operator", "manager"])
async def test_others_than_technicians_and_admins_are_refused(asked: Asked, role: Role) -> None:
    client, store = await asked.by(role), asked.store
    answers = [await client.get(path) for path in READ]
    answers += [await client.post(path, json=body) for path, body in DONE.items()]
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["code"] for answer in answers} == {"not_allowed"}
    assert store.care.asked == []
    assert store.care.recordings.asked == []


async def test_a_technician_is_served_and_goes_to_the_record_by_name(asked: Asked) -> None:
    client, store = await asked.by("technician"), asked.store
    answers = [await client.get(path) for path in READ]
    answers += [await client.post(path, json=body) for path, body in DONE.items()]
    assert {answer.status_code for answer in answers} == {200}
    assert store.care.recordings.asked == [
        ("begin", 60.0, "technician-1", "x"),
        ("last", 5.0, "technician-1", ""),
        ("visit", "0193-visit-0001", "technician-1", ""),
        ("end", "technician-1"),
        ("delete", RECORDING.name, "technician-1"),
    ]
    assert store.care.asked == [
        ("checkup",),
        ("use", "product-embedder", "2", "technician-1"),
        ("rollback", "product-embedder", "technician-1"),
    ]


async def test_nobody_is_served_without_an_identity(asked: Asked) -> None:
    async with httpx.AsyncClient(base_url=asked.url) as client:
        assert {(await client.get(path)).status_code for path in READ} == {401}


async def test_files_are_handed_out_as_files_that_no_browser_runs(asked: Asked) -> None:
    client = await asked.by(None)
    for path, kind, name in (
        (f"/api/v1/recordings/{RECORDING.name}/file", "application/gzip", f"{RECORDING.name}.recording.gz"),
        ("/api/v1/logs/file", "text/plain; charset=utf-8", "smartstore-log.txt"),
        ("/api/v1/checkup/file", "text/plain; charset=utf-8", "smartstore-doctor.txt"),
    ):
        answer = await client.get(path)
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
    assert (await client.get(f"/api/v1/recordings/{RECORDING.name}/file")).content == b"a recording"


@pytest.mark.parametrize(
    "name",
    [
        "../journal.db",
        "..%2f..%2fjournal.db",
        "%2e%2e%2fjournal.db",
        "....//journal",
        "20251123-120000-0a1b2c3d%00",
        "20251123-120000-0a1b2c3d.json",
        "20251123-120000-0A1B2C3D",
        "20251123-120000-0a1b2c3d%0d%0aset-cookie:x",
        "x" * 3000,
    ],
)
async def test_a_recordings_name_leads_nowhere_else(asked: Asked, name: str) -> None:
    client, store = await asked.by(None), asked.store
    answers = [await client.get(f"/api/v1/recordings/{name}/file"), await client.post(f"/api/v1/recordings/{name}/delete", json={})]
    assert all(answer.status_code in {404, 405, 422} for answer in answers)
    assert "set-cookie" not in answers[0].headers
    assert store.care.recordings.asked == []
    assert store.care.recordings.kept == [RECORDING]


@pytest.mark.parametrize(
    "query",
    [
        "text=" + "x" * 101,
        "text=" + "%F0%9F%92%A9" * 101,
        "level=loud",
        "after=-1",
        "after=9" + "9" * 400,
        "limit=0",
        "limit=1000000",
        "limit=NaN",
    ],
)
async def test_a_filter_beyond_all_measure_is_refused(asked: Asked, query: str) -> None:
    client = await asked.by(None)
    answer = await client.get(f"/api/v1/logs?{query}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    if query.startswith(("text", "level")):
        assert (await client.get(f"/api/v1/logs/file?{query}")).status_code == 422


async def test_a_filter_is_words_and_no_pattern(asked: Asked) -> None:
    client = await asked.by(None)
    assert (await client.get("/api/v1/logs", params={"text": "(a+)+$"})).json()["lines"] == []
    (line,) = (await client.get("/api/v1/logs", params={"text": "READY"})).json()["lines"]
    assert line["event"] == "ready"
    assert [one["level"] for one in (await client.get("/api/v1/logs", params={"level": "error"})).json()["lines"]] == ["error"]


@pytest.mark.parametrize("bus", ["b", "..", "a%2f..", "x" * 65, "%00"])
async def test_a_line_that_is_none_has_no_trace(asked: Asked, bus: str) -> None:
    client = await asked.by(None)
    answer = await client.get(f"/api/v1/devices/{bus}/trace")
    assert answer.status_code in {404, 405, 422}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/recordings", {"seconds": 9.9}),
        ("/api/v1/recordings", {"seconds": 1801}),
        ("/api/v1/recordings", {"seconds": "nan"}),
        ("/api/v1/recordings", {"seconds": 60, "note": "x" * 201}),
        ("/api/v1/recordings", {"seconds": 60, "by": "somebody else"}),
        ("/api/v1/recordings/last", {"minutes": 0}),
        ("/api/v1/recordings/last", {"minutes": 61}),
        ("/api/v1/recordings/visit", {"visit": "../../x"}),
        ("/api/v1/recordings/end", {"name": "x"}),
        ("/api/v1/checkup", []),
        ("/api/v1/models/product-embedder/use", {"version": "../2"}),
        ("/api/v1/models/product-embedder/use", {}),
    ],
)
async def test_a_wish_that_is_not_as_described_is_refused(asked: Asked, path: str, body: object) -> None:
    client, store = await asked.by("technician"), asked.store
    answer = await client.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert store.care.recordings.asked == []
    assert store.care.asked == []


async def test_what_a_wire_says_comes_from_where_one_has_read_to(asked: Asked) -> None:
    client = await asked.by(None)
    first = (await client.get("/api/v1/devices/a/trace")).json()
    assert [row["direction"] for row in first["rows"]] == ["sent", "received", "silent", "dropped"]
    assert first["rows"][0]["meanings"] == [{"code": "modbus_read_inputs", "values": {"first": 0, "last": 7}}]
    later = (await client.get("/api/v1/devices/a/trace", params={"after": first["newest"]})).json()
    assert later["rows"] == []
