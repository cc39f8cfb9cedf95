"""Nothing is lost and nobody is billed twice while everything that can die does. More seeds: ``python -m bench.chaos``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.chain import attacked_chain


@pytest.mark.timeout(240)
async def test_kills_in_random_order_lose_nothing_and_bill_nobody_twice(tmp_path: Path) -> None:
    report = await attacked_chain(tmp_path, seed=11, visits=5)

    assert report.faults == []
    assert sum(report.kills.values()) >= 4, report
    assert report.outcomes.total() >= 5, report
