"""Whatever dies, freezes or is cut off in whatever order: nothing is lost and nobody is billed twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import postgresql
from tests.store.chaos import TROUBLES, Chaos

SECONDS = 4.0  # s of trouble for one seed; the bench makes it for longer


@pytest.mark.parametrize("seed", [11, 12])
def test_nothing_is_lost_and_nobody_is_billed_twice(tmp_path: Path, seed: int) -> None:
    findings = Chaos(tmp_path, seed).run(SECONDS)
    assert findings.sound, findings
    assert set(findings.actions) == set(TROUBLES)
    assert findings.visits > 50
    assert findings.repeated_by_others > 0


def test_the_same_with_postgresql_at_the_far_end(tmp_path: Path) -> None:
    with postgresql() as url:
        findings = Chaos(tmp_path, 13, database=url).run(SECONDS)
    assert findings.sound, findings
    assert findings.visits > 50
