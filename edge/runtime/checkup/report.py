"""The doctor's findings as lines for a terminal, a file, the support. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from edge.runtime.checkup.finding import Finding, Level

SIGNS: dict[Level, str] = {"ok": "ok", "warning": "look", "failure": "FAIL"}


def counts(findings: Sequence[Finding]) -> Counter[Level]:
    """How many there are of each level."""
    return Counter(finding.level for finding in findings)


def report_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line per finding, with what to do below it."""
    width = max((len(finding.check) for finding in findings), default=0)
    for finding in findings:
        yield f"{SIGNS[finding.level]:<4}  {finding.check:<{width}}  {finding.text}"
        if finding.advice:
            yield f"{'':<4}  {'':<{width}}  -> {finding.advice}"


def summary(findings: Sequence[Finding]) -> str:
    """What all of it comes to."""
    found = counts(findings)
    return f"{found['failure']} to mend, {found['warning']} to look at"
