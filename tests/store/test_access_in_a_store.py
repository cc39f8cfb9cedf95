"""Sessions, tokens and the record of who did what in a store that really runs, and dies in between."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx

from edge.access.store import AccessStore, access_path
from edge.demo.shop import Shop
from tests.waiting import until
from tests.web import signed_in

SOON_S = 10.0


async def test_who_is_signed_in_stays_so_through_a_crash_and_everything_is_recorded_once(tmp_path: Path) -> None:
    async with Shop(directory=tmp_path / "shop") as shop:
        beside = AccessStore.open(access_path(shop.journal))
        opened = await signed_in.session(beside, "operator")
        page = signed_in.headers(opened)
        secret, token = await beside.make_token("till", ["see"], expires_s=None, by="the command line")
        before = shop.headers

        def audited() -> Counter[tuple[str, str]]:
            rows = httpx.get(f"{shop.page_url}/api/v1/audit?limit=200", headers=shop.headers).json()["rows"]
            return Counter((row["action"], row["by"]) for row in rows)

        wanted = {("signed_in", "operator-1"), ("token_made", "the command line")}
        await until(lambda: wanted <= audited().keys(), SOON_S)
        async with httpx.AsyncClient(base_url=shop.page_url) as client:
            body = {"action": "take_out_of_service", "reason": "glass broken"}
            assert (await client.post("/api/v1/service", json=body, headers=page)).json()["accepted"] is True
            assert (await client.post("/api/v1/service", json=body, headers=signed_in.bearer(secret))).status_code == 403
            assert (await client.get("/metrics", headers=page)).status_code == 403

            began_s = shop.watch.snapshot["controller"]["started_s"]
            shop.controller.kill()
            await shop.controller.wait()
            await shop.controller.start()
            assert await shop.watch.until(lambda now: now["controller"]["started_s"] != began_s, SOON_S) is not None
            assert (await client.get("/api/v1/me", headers=page)).json()["name"] == "operator-1"
            assert (await client.get("/api/v1/snapshot", headers=signed_in.bearer(secret))).status_code == 200
            assert (await client.get("/api/v1/me", headers=before)).status_code == 401, "the machine token is of one run"
            assert shop.headers != before
            await beside.revoke_token(token.id, by="the command line")
            assert (await client.get("/api/v1/snapshot", headers=signed_in.bearer(secret))).status_code == 401
            await until(lambda: ("token_revoked", "the command line") in audited(), SOON_S)
            await beside.end_sessions("operator-1", by="operator-1")
            assert (await client.get("/api/v1/me", headers=page)).status_code == 401
        told = audited()
        assert {told[one] for one in wanted} == {1}
        assert told["take_out_of_service", "operator-1"] == 1, "who acted is who was signed in"
        beside.close()
