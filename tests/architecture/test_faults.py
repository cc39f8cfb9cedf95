"""The fault table is the truth: docs/faults.md is made from it, and the machine raises nothing that is not in it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from edge.session import settle
from edge.session.faults import FAULTS, TABLE, as_markdown
from edge.session.refusals import TEXTS

ROOT = Path(__file__).parents[2]
SESSION = ROOT / "edge" / "session"


def codes_given_to(*verbs: str, files: Iterable[Path] = tuple(SESSION.glob("*.py"))) -> set[str]:
    """First arguments, written as literals, of calls of these methods anywhere in the session room, or in ``files``."""
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in verbs and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def returned_codes(module: str) -> set[str]:
    """String literals that the functions of a session module return, as they stand or by a condition."""
    tree = ast.parse((SESSION / f"{module}.py").read_text(encoding="utf-8"))
    returns = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    constants = [part for value in returns for part in (value, getattr(value, "body", None), getattr(value, "orelse", None))]
    return {node.value for node in constants if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value}


def test_the_page_is_made_from_the_table() -> None:
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert page == as_markdown(), "run: python -m edge.session.faults > docs/faults.md"


def test_codes_are_unique() -> None:
    assert len(FAULTS) == len(TABLE)


def test_every_fault_raised_is_in_the_table_and_every_row_is_raised() -> None:
    assert codes_given_to("alarm", "alarm_now") == set(FAULTS)


def test_every_fault_cleared_is_in_the_table() -> None:
    assert codes_given_to("over", "clear", "raised") <= set(FAULTS)


def test_every_doubt_has_its_words_and_every_word_its_doubt() -> None:
    doubts = codes_given_to("doubt", "append") | {"forced_door", "max_open", "door_lost", "relock_fault"}
    verdicts = codes_given_to("append", files=[ROOT / "edge" / "basket" / "verdict.py"])
    assert len(verdicts) >= 4
    assert doubts | verdicts == set(settle.REASONS)


def test_every_refusal_has_its_words() -> None:
    codes = returned_codes("entry") | codes_given_to("refuse") | {"cloud_refused", "cloud_silent", "needs_cloud", "interrupted"}
    assert len(codes) > 15
    assert codes <= set(TEXTS)
