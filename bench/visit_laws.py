"""The laws of the visit, watched from outside over any sequence of facts: what must hold after every ``step``, and at the end.

Used by the simulation of :mod:`bench.visits` and by the property tests. Knows commands and state, none of the machine's inside.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from edge.basket.watched import MAX_MOVEMENTS, MAX_SIGHTINGS
from edge.session.commands import AskCloud, ClearAlarm, Command, EndVisit, IssueReceipt, PulseLock, RaiseAlarm, RecordAudit
from edge.session.facts import ControllerStarted, Fact, TimerElapsed
from edge.session.state import KEPT_RESULTS, Authorising, StoreState, Visit, next_deadline_ns, visit_of
from edge.session.turn import MAX_ALARMS, starting

LAWS = {
    "total": "every fact has a meaning in every state: step never raises",
    "pulse_cause": "only an entry that is granted orders a pulse, never a start, a sensor or an operator",
    "pulse_expiry": "every pulse expires, at most ten seconds later, and names its visit",
    "idle_locked": "nobody inside: every door is proven shut, or unknown at start, or an alarm says otherwise",
    "idle_no_pulse": "nobody inside: no pulse is still on its way",
    "one_outcome": "every visit ends in exactly one outcome, in the very step that ends it",
    "opened_outcome": "a shopper whose door opened is billed, took nothing, or goes to a person",
    "goods_not_free": "a visit in which weights changed never ends as not opened, and goes to a person where no opening was seen",
    "single_use": "a pass whose door opened never begins another visit",
    "billed_once": "a visit has at most one receipt, and billed means a final one",
    "staff_free": "staff never get a receipt",
    "receipt_sum": "totals and taxes are the sums of their lines",
    "taught_by_right": "only a final receipt or counted pieces change a learned weight; a new description of the shop may forget it",
    "final_certain": "a final receipt has no reason for doubt",
    "unattended_free": "nobody is charged for a door that nobody was let in by",
    "deadline_moves": "a deadline that has come moves on or goes away",
    "alarms_paired": "an alarm is raised when it is not there and cleared when it is",
    "replayable": "the same facts from the journal's beginning give the same commands",
    "bounded": "the state does not grow",
}


@dataclass(slots=True)
class Laws:
    """Feed every step to :meth:`watch`; broken laws are collected, not raised, so that a run can report them all."""

    broken: list[str] = field(default_factory=list)
    checks: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    _pulses: dict[tuple[str, str], int] = field(default_factory=dict)
    _receipts: dict[str, str] = field(default_factory=dict)
    _ended: dict[str, str] = field(default_factory=dict)
    _spent: set[str] = field(default_factory=set)
    _alarms: set[tuple[str, str]] = field(default_factory=set)

    def check(self, law: str, holds: bool, detail: object) -> None:
        self.checks[law] += 1
        if not holds:
            self.broken.append(f"{law}: {detail}")

    def watch(self, before: StoreState, fact: Fact, after: StoreState, commands: tuple[Command, ...]) -> None:
        """One step."""
        self.check("total", after.fact_no == before.fact_no + 1, "facts are counted")
        now, then = visit_of(after.phase), visit_of(before.phase)
        for command in commands:
            self._command(command, before, fact, after)
        self._pulse_answers(fact, after)
        if then is not None and (now is None or now.visit != then.visit):
            self._end(then, now, commands)
        if now is not None and (then is None or now.visit != then.visit):
            self.check("single_use", now.pass_id not in self._spent, now.pass_id)
        if now is not None and now.opened and now.pass_id is not None:
            self._spent.add(now.pass_id)
        if after.unit_weights != before.unit_weights:
            final = any(isinstance(command, IssueReceipt) and command.receipt.status == "final" for command in commands)
            fewer = set(after.unit_weights) < set(before.unit_weights)
            taught = final or fact.kind == "pieces_counted" or (fact.kind == "store_configured" and fewer)
            self.check("taught_by_right", taught, fact.kind)
        if now is None:
            self._idle(after, fact)
        if isinstance(fact, TimerElapsed):
            old, new = next_deadline_ns(before), next_deadline_ns(after)
            moved = old is None or fact.at_ns < old or new is None or new > old or after.phase.kind != before.phase.kind
            self.check("deadline_moves", moved, (before.phase.kind, old, new))
        self.check("bounded", len(after.results) <= KEPT_RESULTS and len(after.alarms) <= MAX_ALARMS, "results, alarms")
        seen = now is None or (len(now.looks) <= MAX_SIGHTINGS and len(now.movements) <= MAX_MOVEMENTS)
        self.check("bounded", seen, "looks, movements")
        self.check("alarms_paired", {(a.code, a.subject) for a in after.alarms} == self._alarms, after.alarms)

    def _command(self, command: Command, before: StoreState, fact: Fact, after: StoreState) -> None:
        match command:
            case PulseLock():
                fallback = isinstance(fact, TimerElapsed) and isinstance(before.phase, Authorising) and before.phase.may_decide_alone
                self.check("pulse_cause", fact.kind in ("entry_requested", "entry_answered") or fallback, fact.kind)
                visit = visit_of(after.phase)
                in_time = fact.at_ns < command.expires_ns <= fact.at_ns + 10_000_000_000
                self.check("pulse_expiry", in_time and visit is not None and visit.visit == command.token, command)
                self._pulses[command.token, command.door] = command.expires_ns
            case IssueReceipt(receipt=receipt):
                self.check("billed_once", receipt.visit not in self._receipts, receipt.visit)
                self._receipts[receipt.visit] = receipt.status
                self.check("receipt_sum", receipt.total_minor == sum(line.total_minor for line in receipt.lines), receipt)
                self.check("receipt_sum", receipt.tax_minor == sum(line.tax_minor for line in receipt.lines), receipt)
                self.check("receipt_sum", all(x.total_minor == x.quantity * x.unit_price_minor for x in receipt.lines), receipt)
                self.check("final_certain", (receipt.status == "final") == (not receipt.review_reasons), receipt.review_reasons)
                visit = visit_of(before.phase)
                self.check("staff_free", visit is not None and visit.role == "shopper", receipt.visit)
                self.check("unattended_free", visit is None or not visit.unattended or receipt.status == "provisional", receipt.visit)
            case EndVisit():
                self.check("one_outcome", command.visit not in self._ended, command.visit)
                self._ended[command.visit] = command.outcome
                self.outcomes[command.outcome] += 1
                self.check("billed_once", (command.outcome == "billed") == (self._receipts.get(command.visit) == "final"), command)
                self.check("billed_once", command.outcome != "review" or self._receipts.get(command.visit) == "provisional", command)
            case RaiseAlarm():
                self.check("alarms_paired", (command.code, command.subject) not in self._alarms, command)
                self._alarms.add((command.code, command.subject))
            case ClearAlarm():
                self.check("alarms_paired", (command.code, command.subject) in self._alarms, command)
                self._alarms.discard((command.code, command.subject))
            case RecordAudit() | AskCloud():
                pass
            case _:
                pass

    def _pulse_answers(self, fact: Fact, after: StoreState) -> None:
        if fact.kind in ("unlocked", "unlock_failed"):
            self._pulses.pop((fact.token, fact.door), None)
        if isinstance(fact, ControllerStarted):
            self._pulses.clear()  # whatever the last run had queued died with it

    def _end(self, visit: Visit, now: Visit | None, commands: tuple[Command, ...]) -> None:
        ends = [c for c in commands if isinstance(c, EndVisit) and c.visit == visit.visit]
        self.check("one_outcome", len(ends) == 1, (visit.visit, ends))
        if not ends:
            return
        outcome = ends[0].outcome
        self.check("goods_not_free", not visit.changed or outcome != "not_opened", outcome)
        self.check("goods_not_free", not visit.changed or bool(visit.opened) or outcome in ("review", "staff"), outcome)
        if visit.role != "shopper":
            self.check("staff_free", outcome in ("staff", "not_opened") and visit.visit not in self._receipts, outcome)
            self.check("opened_outcome", not visit.opened or outcome == "staff", outcome)
        else:
            self.check("opened_outcome", outcome in ("billed", "nothing_taken", "review") or not visit.opened, outcome)
        self.check("one_outcome", now is None, "a visit ends before the next begins")

    def _idle(self, state: StoreState, fact: Fact) -> None:
        alarmed = {alarm.subject for alarm in state.alarms}
        for door in state.doors:
            shut = door.proven_shut or door.door in alarmed or starting(state)
            self.check("idle_locked", shut, door)
        late = {key: expires for key, expires in self._pulses.items() if expires > fact.at_ns}
        self.check("idle_no_pulse", not late, late)
        self._pulses = {}
