"""Products that people teach the eye, as pages see it: what is going on is set by the test, what is asked for is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from edge.web.enrolment import Draft, EnrolledRow, EnrolmentResult, EnrolmentsView, EnrolmentView, Looking, ViewRow, WeighingResult

TOKEN = "0123456789abcdef0123456789abcdef"
ENROLLED = (
    EnrolledRow(gtin="04006381333931", name="Spring Water 0.5 l", photographs=5),
    EnrolledRow(gtin="05449000000996", name="Cola 0.33 l", photographs=4),
)


def view(number: int, **more: object) -> ViewRow:
    """The ``number``-th photograph of an enrolment, and a good one."""
    plain = ViewRow(number=number, used=True, flaw=None, codes=(), picture=f"enrol/{TOKEN}/{number}.jpg")
    return replace(plain, **more)  # type: ignore[arg-type]  # the test names fields that there are


def enrolment(gtin: str, **more: object) -> EnrolmentView:
    """An enrolment that has just begun."""
    begun = EnrolmentView(
        token=TOKEN,
        aim="enrol",
        gtin=gtin,
        name="",
        by="anna",
        step="taking",
        begun_s=4990.0,
        heard_s=4990.0,
        views=(),
        full=False,
        code="",
        gallery="",
        trouble=None,
        detail="",
        conflicts=(),
        looks_most_like="",
    )
    return replace(begun, **more)  # type: ignore[arg-type]  # as above


@dataclass
class ShownEnrolment:
    """The port, kept by a test. ``now`` is the one enrolment there is; ``asked`` records what was asked for, ``answer`` is told."""

    now: EnrolmentView | None = None
    enrolled: tuple[EnrolledRow, ...] = ENROLLED
    before: str = "2"
    answer: EnrolmentResult = field(default_factory=lambda: EnrolmentResult(accepted=True, code="begun", words="", token=TOKEN))
    weighed: WeighingResult = field(
        default_factory=lambda: WeighingResult(accepted=True, code="weighed", words="", each_g=351.2, each_sd_g=0.3, spread_g=1.4)
    )
    asked: list[tuple[str, ...]] = field(default_factory=list)
    drafts: list[Draft | None] = field(default_factory=list)

    def enrolments(self) -> EnrolmentsView:
        return EnrolmentsView(enrolments=() if self.now is None else (self.now,), enrolled=self.enrolled, gallery="3", before=self.before)

    def enrolment(self, token: str, draft: Draft | None) -> EnrolmentView | None:
        self.drafts.append(draft)
        return self.now if self.now is not None and self.now.token == token else None

    async def begin(self, token: str | None, gtin: str, by: str) -> EnrolmentResult:
        self.asked.append(("begin", token or "", gtin, by))
        self.now = self.now or enrolment(gtin)
        return self.answer

    async def save(self, token: str, gtin: str, by: str) -> EnrolmentResult:
        self.asked.append(("save", token, gtin, by))
        return self.answer

    async def end(self, token: str, by: str) -> EnrolmentResult:
        self.asked.append(("end", token, by))
        self.now = None
        return self.answer

    async def forget(self, gtin: str, by: str) -> EnrolmentResult:
        self.now = enrolment(gtin, aim="forget", step="waiting")
        self.asked.append(("forget", gtin, by))
        return self.answer

    async def go_back(self, by: str) -> EnrolmentResult:
        self.now = enrolment("", aim="go_back", step="waiting")
        self.asked.append(("go_back", by))
        return self.answer

    def look(self, token: str, camera: str, looking: Looking) -> EnrolmentResult:
        self.asked.append(("look", token, camera, looking))
        return self.answer

    def mind(self, token: str, view: int, *, keep: bool) -> EnrolmentResult:
        self.asked.append(("mind", token, str(view), "keep" if keep else "drop"))
        return self.answer

    def weigh(self, plate: str, units: int) -> WeighingResult:
        self.asked.append(("weigh", plate, str(units)))
        return self.weighed
