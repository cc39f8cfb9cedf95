"""Whatever dies, freezes or is cut off in whatever order: nothing is lost and nobody is billed twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.databases import postgresql
from tests.store.chaos import TROUBLES, Chaos, Findings

SECONDS = 4.0  # s of trouble for one seed; the bench makes it for longer
SEEDS = (11, 12)
WITH_POSTGRESQL = 13

Runs = Mapping[int, Future[Findings]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All runs at the same time, by their seeds: each of them is mostly silence."""

    with postgresql() as url, ThreadPoolExecutor() as pool:
        databases = {WITH_POSTGRESQL: url}
        yield {
            seed: pool.submit(Chaos(tmp_path_factory.mktemp("chaos"), seed, database=databases.get(seed)).run, SECONDS)
            for seed in (*SEEDS, WITH_POSTGRESQL)
        }


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nobody_is_billed_twice(runs: Runs, seed: int) -> None:
    findings = runs[seed].result()
    assert findings.sound, findings
    assert set(findings.actions) == set(TROUBLES)
    assert findings.visits > 50
    assert findings.repeated_by_others > 0


def test_the_same_with_postgresql_at_the_far_end(runs: Runs) -> None:
    findings = runs[WITH_POSTGRESQL].result()
    assert findings.sound, findings
    assert findings.visits > 50
