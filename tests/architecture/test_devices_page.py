"""docs/devices.md lists the devices that the registry really knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices import registry

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "devices.md"


def test_the_table_is_the_registry_s() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == registry.with_table(text), "run: python -m devices.registry --write docs/devices.md"


def test_every_product_is_listed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for driver in registry.driver_names():
        for product in registry.products(driver):
            assert f"| `{driver}` | `{product}` |" in text


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers"):
        registry.with_table("# Devices\n")


def test_products_without_an_independent_peer_say_so() -> None:
    for product in registry.products("kerong").values():
        assert "no independent peer" in product.proven
    assert "no independent peer" in PAGE.read_text(encoding="utf-8")
