"""Global Trade Item Numbers: 8, 12, 13 or 14 digits, the last of which checks the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from edge.store.counted import counted

GTIN_LENGTHS = (8, 12, 13, 14)


def check_digit(digits: str) -> int:
    """The GS1 check digit of ``digits`` (without one): weights 3, 1, 3, ... from the right, up to the next multiple of ten."""
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"a GTIN has only digits 0-9, got {digits!r}")
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def spelled(code: str, known: Iterable[str] = ()) -> str:
    """The GTIN that a bar code of 13 digits stands for, shorter ones filled with zeros in front: as one of ``known`` is written where it is
    that article, else in as few digits as it was printed with."""
    found = next((gtin for gtin in known if gtin.zfill(14) == code.zfill(14)), None)
    if found is not None:
        return found
    bare = code.lstrip("0")
    return bare.zfill(min(length for length in GTIN_LENGTHS if len(bare) <= length))


def gtin_problem(gtin: str) -> str | None:
    """What is wrong with ``gtin`` and what to do about it, or None where it is valid."""
    if not (gtin.isascii() and gtin.isdigit()):
        return f"GTIN {gtin!r} must have only digits 0-9"
    if len(gtin) not in GTIN_LENGTHS:
        return f"GTIN {gtin!r} has {counted(len(gtin), 'digit')}; 8, 12, 13 or 14 are allowed (leading zeros count)"
    if set(gtin) == {"0"}:
        return f"GTIN {gtin!r} is all zeros"
    expected = check_digit(gtin[:-1])
    if int(gtin[-1]) != expected:
        return f"GTIN {gtin!r} ends in {gtin[-1]}, but its check digit is {expected}: look for a mistyped digit"
    return None
