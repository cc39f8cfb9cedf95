"""What axe finds on a page that keeps people out."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "edge" / "web" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}


async def bring_axe(page: Page) -> None:
    """Once for each document, before ``barriers_on``."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))


async def barriers_on(page: Page, *rules: str) -> list[str]:
    """What axe finds grave by ``rules``, by all that it knows where none is named."""
    how = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = await page.evaluate("how => axe.run(document, how)", how)
    assert len(found["passes"]) + len(found["violations"]) >= (len(rules) or 10), "axe looked at the page"
    return [
        f"{rule['id']} ({rule['impact']}): {node['target'][0]}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
