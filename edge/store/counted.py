"""A number with its noun, as a person reads it. Pure."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str = "") -> str:
    """``1 plate``, ``0 plates``, ``1,200 plates``; ``plural`` where it is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
