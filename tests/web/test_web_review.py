"""How a person decides about receipts on the pages: what waits, what it costs, what becomes of it; money by the store's own rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import pytest
from playwright.async_api import Browser, Page, Route, expect

from edge.runtime.journal import StoredReceipt
from edge.runtime.receipt_records import receipt_record, standing
from edge.runtime.revisions import StoredRevision
from edge.session.commands import ReviseReceipt
from edge.session.facts import ReceiptReviewed
from edge.session.machine import step
from edge.session.review import REVIEW_WORDS
from edge.session.state import StoreState
from edge.snapshot import ReceiptRecord
from edge.store.model import Product
from edge.web.front import ReviewOrder, ReviewResult
from tests.unit.visit_story import Story, shop
from tests.web.browsing import opened
from tests.web.kept_receipts import ISSUED_UNIX_S, kept_receipt
from tests.web.shown_store import BARS, COLA, ShownStore, quiet_store, served

pytestmark = pytest.mark.asyncio(loop_scope="session")

REVIEWED_UNIX_S = ISSUED_UNIX_S + 3600
OLDEST, NEXT, FINAL = "0193-visit-0001", "0193-visit-0002", "0193-visit-0003"


def _selling() -> StoreState:
    """A store that sells the bars and the cola of the shown one."""
    store = shop()
    more = tuple(Product(one.gtin, one.name, one.price_minor, 700, 100.0, 1.0) for one in (BARS, COLA))
    return Story(store=replace(store, prices=replace(store.prices, products=(*store.prices.products, *more)))).state


@dataclass
class JudgedStore(ShownStore):
    """Decides about its receipts as the store does."""

    state: StoreState = field(default_factory=_selling)

    async def review(self, visit: str, order: ReviewOrder) -> ReviewResult | None:
        record = await self.receipt(visit)
        if record is None:
            return None
        self.reviewed.append((visit, order))
        stored = _stored(record)
        fact = ReceiptReviewed(
            at_ns=10**15,
            review=f"r-{len(self.reviewed)}",
            visit=visit,
            revision=order.revision,
            decision=order.decision,
            by=order.by,
            reason=order.reason,
            before=standing(stored),
            as_of=self.state.fact_no,
            lines=order.lines,
        )
        self.state, commands = step(self.state, fact)
        told = self.state.last_review
        assert told is not None
        made = [StoredRevision(round(REVIEWED_UNIX_S * 1e9), False, one.revision) for one in commands if isinstance(one, ReviseReceipt)]
        decided = receipt_record(replace(stored, revisions=(*stored.revisions, *made)))
        self.kept = [decided if one.receipt.visit == visit else one for one in self.kept]
        await self.waiting()
        accepted = told.code == "reviewed"
        return ReviewResult(
            accepted=accepted, code=told.code, words=REVIEW_WORDS[told.code], due_minor=told.due_minor if accepted else None
        )

    async def waiting(self) -> None:
        """The snapshot says how many wait now."""
        cloud = replace(self.now.cloud, stored_total=self.now.cloud.stored_total + 1)
        await self.show(replace(self.now, cloud=cloud, reviews_open=sum(one.outcome == "review" for one in self.kept)))


def _stored(record: ReceiptRecord) -> StoredReceipt:
    revisions = tuple(StoredRevision(round(one.reviewed_unix_s * 1e9), one.sent, one.revision) for one in record.revisions)
    return StoredReceipt(round((record.issued_unix_s or 0.0) * 1e9), 0, record.sent, record.receipt, revisions)


@pytest.fixture
def store() -> JudgedStore:
    kept = [kept_receipt(1, final=False), kept_receipt(2, final=False), kept_receipt(3)]
    return JudgedStore(now=replace(quiet_store(), reviews_open=2), kept=kept)


async def act(page: Page, name: str) -> None:
    await page.get_by_role("group", name="Decide").get_by_role("button", name=re.compile(f"^{name}")).click()


async def test_a_doubtful_receipt_is_corrected_by_keyboard_and_the_next_one_comes(browser: Browser, store: JudgedStore) -> None:
    async with served(store) as url, opened(browser, url, "/review") as page:
        await expect(page.locator(".nav-link", has_text="Review")).to_contain_text("2")
        rows = page.locator(".queue-row")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("2 × Spring Water 0.5 l and Falafel Wrap")
        await rows.first.focus()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{url}/review/{OLDEST}")
        acts = page.get_by_role("group", name="Decide").get_by_role("button")
        await expect(acts).to_have_text(["Confirmcharge €6.89", "Correctchange a line first", "Charge nothingthe shopper pays nothing"])
        await page.get_by_role("button", name="One Falafel Wrap less").focus()
        await page.keyboard.press("Enter")
        await expect(acts.nth(1)).to_have_text("Correctcharge €2.40")
        await expect(acts.first).to_be_disabled()
        await acts.nth(1).focus()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{url}/review/{NEXT}")
        await expect(page.locator(".toast")).to_contain_text("Corrected: charge €2.40")
        await expect(page.locator(".nav-link", has_text="Review")).to_contain_text("1")
        await expect(acts.first).to_have_text("Confirmcharge €6.89")
    ((visit, order),) = store.reviewed
    assert (visit, order.revision, order.by, order.reason) == (OLDEST, 1, "admin-1", "The evidence shows it")
    assert [(line.quantity) for line in order.lines] == [2]


async def test_what_the_evidence_leaves_open_is_one_press_away(browser: Browser, store: JudgedStore) -> None:
    async with served(store) as url, opened(browser, url, f"/review/{OLDEST}") as page:
        await page.get_by_role("button", name=re.compile(r"^1 × Cola 0\.33 l")).click()
        await page.get_by_role("combobox", name="Add a product").select_option(label="Oat & Honey Bar")
        await expect(page.locator(".lines-total")).to_have_text("Total€6.10")
        await act(page, "Correct")
        await expect(page.locator(".toast")).to_contain_text("charge €6.10")
        await page.get_by_text("Decided", exact=True).click()
        await expect(page.locator(".queue-row")).to_have_count(1)
        await expect(page.locator(".queue-row")).to_contain_text("€6.10")
    assert store.kept[0].revisions[-1].revision.due_minor == 610


async def test_a_contested_receipt_is_refunded_and_shows_what_was_decided(browser: Browser, store: JudgedStore) -> None:
    async with served(store) as url, opened(browser, url, f"/visits/{FINAL}") as page:
        await page.get_by_role("link", name="Change this receipt").click()
        await expect(page).to_have_url(f"{url}/review/{FINAL}")
        await expect(page.locator(".decide-who")).to_contain_text("admin-1 · The evidence shows it")
        await page.locator(".decide-who").get_by_role("button", name="Change").click()
        await page.get_by_role("button", name="The shopper says so").click()
        acts = page.get_by_role("group", name="Decide").get_by_role("button")
        await expect(acts).to_have_text(["Let it standno money moves", "Correctchange a line first", "Refund allrefund €6.89"])
        await act(page, "Refund all")
        await expect(page.locator(".toast")).to_contain_text("refund €6.89")
        await page.goto(f"{url}/visits/{FINAL}")
        decided = page.locator("section", has=page.get_by_role("heading", name="What was decided"))
        await expect(decided).to_contain_text("€6.89 refunded")
        await expect(decided).to_contain_text("The shopper says so · Waits for the cloud")
        await expect(page.locator(".bill-row").first).to_contain_text("€0.00")
    assert store.kept[2].revisions[-1].revision.due_minor == -689


async def test_who_decides_on_an_old_page_is_told_and_sees_the_new_state(browser: Browser, store: JudgedStore) -> None:
    async with served(store) as url, opened(browser, url, f"/review/{OLDEST}") as page:
        held: list[Route] = []

        async def late(route: Route) -> None:
            held.append(route)

        await page.route("**/review", late)  # on its way while somebody else decides
        await act(page, "Confirm")
        await expect(page.locator(".act[aria-busy=true]").first).to_be_visible()
        await store.review(OLDEST, ReviewOrder(revision=1, decision="refunded", lines=(), by="Maria", reason="goodwill"))
        await held[0].continue_()
        await expect(page.locator(".toast")).to_contain_text("Somebody else has decided about this receipt meanwhile.")
        await expect(page.get_by_text("What was decided")).to_be_visible()
        await expect(page.get_by_text(re.compile("Maria, .* goodwill"))).to_be_visible()
    assert [one.revision.decision for one in store.kept[0].revisions] == ["refunded"]


async def test_nothing_to_review_is_said_in_both_languages(browser: Browser) -> None:
    async with served(JudgedStore()) as url:
        async with opened(browser, url, "/review") as page:
            await expect(page.get_by_text("Nothing to review")).to_be_visible()
            await page.get_by_text("Decided", exact=True).click()
            await expect(page.get_by_text("Nothing decided yet")).to_be_visible()
        async with opened(browser, url, "/review", locale="zh-CN") as page:
            await expect(page.get_by_text("没有待复核的小票")).to_be_visible()
