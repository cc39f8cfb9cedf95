"""HTML out of small parts. Text is escaped wherever it comes from; only what these functions made is taken as it is. Pure."""

from __future__ import annotations

import html

VOID = frozenset({"input", "link", "meta", "wbr"})  # elements without content and without an end


class Markup(str):
    """HTML that is safe to send as it is."""

    __slots__ = ()


NOTHING = Markup("")


def element(name: str, /, *content: str, **attributes: str | bool | None) -> Markup:
    """One element. Attributes: ``class_`` is class, ``aria_invalid`` is aria-invalid; True stands bare, False and None not at all."""
    named = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{named}>")
    return Markup(f"<{name}{named}>{joined(*content)}</{name}>")


def joined(*parts: str) -> Markup:
    """Parts one after the other."""
    return Markup("".join(part if isinstance(part, Markup) else html.escape(part, quote=True) for part in parts))


def document(language: str, head: Markup, body: Markup) -> bytes:
    """The whole page as it is sent."""
    return f'<!doctype html>\n<html lang="{html.escape(language, quote=True)}"><head>{head}</head>{body}</html>\n'.encode()


def _attribute(key: str, value: str | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html.escape(value, quote=True)}"'
