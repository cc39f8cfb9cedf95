"""Who may enter: the pass in this store at this time, the cabinet, the cloud's word, the offline risk budget. Pure.

A refusal is polite and recorded; the same pass read twice is neither a refusal nor a second visit.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from cloud_bridge.facts import EntryAnswered, Role
from edge.session import visit as flow
from edge.session.commands import AskCloud
from edge.session.details import Said
from edge.session.facts import BadPass, EntryRequested, OpaqueCard, PassClaims
from edge.session.faults import FAULTS
from edge.session.refusals import text_for
from edge.session.state import Authorising, Idle, Refusal, ShowingReceipt, StoreState, UsedPass
from edge.session.turn import STORE, Turn, blocking, nanoseconds, starting

NOT_BEFORE_SLACK_S: Final = 60  # s; the clock of whoever signs may be a little ahead of ours
MAX_USED: Final = 4096  # passes remembered; more that are still valid at once would make every snapshot heavy
USED_KEPT_S: Final = 86_400  # s beyond the expiry; a clock that is set back by less does not make a used pass good again
REFUSED_AGAIN_S: Final = 5.0  # s; a reader shows the same code to us many times while it is held in front


def requested(turn: Turn, fact: EntryRequested) -> None:
    """Somebody presented a credential."""
    if fact.unix_s is not None:
        turn.set(known_unix_s=fact.unix_s)
        turn.over("clock_untrusted", STORE)
    if _already_inside(turn, fact):
        turn.ignore("the same code again")
        return
    code = _door_problem(turn, fact) or _cabinet_problem(turn, fact) or _credential_problem(turn, fact)
    if code:
        if code == "clock":
            turn.alarm("clock_untrusted", STORE)
        refuse(turn, fact, code)
        return
    rules = turn.state.entry_rules
    credential = fact.credential
    if isinstance(credential, PassClaims):
        lost = turn.state.autonomy.lost_since_ns is not None
        if fact.vouched or rules.verify == "offline" or (rules.verify == "cloud_then_offline" and lost):
            _decide_alone(turn, fact, credential)
            return
    digest, pass_id = asked_about(fact)
    until = turn.after(rules.cloud_answer_s)
    alone = isinstance(credential, PassClaims) and rules.verify == "cloud_then_offline"
    turn.to(Authorising(request=fact, answer_by_ns=until, may_decide_alone=alone))
    turn.do(AskCloud(visit=fact.visit, source=fact.source, digest=digest, pass_id=pass_id, expires_ns=until))


def answered(turn: Turn, fact: EntryAnswered) -> None:
    """The cloud's verdict about the credential we asked about."""
    phase = turn.phase
    if not isinstance(phase, Authorising) or phase.request.visit != fact.visit:
        turn.ignore("nobody waits for this answer")
        return
    request = phase.request
    turn.to(Idle())
    if not fact.granted:
        _refuse_asked(turn, request, "cloud_refused", fact.reason[:200])
        return
    credential = request.credential
    if isinstance(credential, PassClaims):
        limits = [limit for limit in (credential.limit_minor, fact.limit_minor) if limit is not None]
        limit_minor = min(limits, default=None)
        if credential.role == "shopper" and limit_minor is not None and limit_minor < turn.state.entry_rules.min_limit_minor:
            _refuse_asked(turn, request, "limit_too_low", "")
            return
        _admit(turn, request, credential.holder, credential.role, limit_minor, decided_offline=False, asked=True)
        return
    code = _role_problem(turn.state, fact.role)
    if not code and fact.role == "shopper" and fact.limit_minor is not None and fact.limit_minor < turn.state.entry_rules.min_limit_minor:
        code = "limit_too_low"
    if not code and fact.holder in turn.state.entry_rules.deny:
        code = "denied"
    if code:
        _refuse_asked(turn, request, code, "")
        return
    _admit(turn, request, fact.holder, fact.role, fact.limit_minor, decided_offline=False, asked=True)


def silent(turn: Turn, phase: Authorising) -> None:
    """The cloud did not answer in time."""
    turn.to(Idle())
    credential = phase.request.credential
    if phase.may_decide_alone and isinstance(credential, PassClaims):
        _decide_alone(turn, phase.request, credential, asked=True)
        return
    _refuse_asked(turn, phase.request, "cloud_silent" if isinstance(credential, PassClaims) else "needs_cloud", "")


def cloud_lost(turn: Turn) -> None:
    """From now on the store sells on its own risk."""
    if turn.state.autonomy.lost_since_ns is None:
        turn.set(autonomy=replace(turn.state.autonomy, lost_since_ns=turn.at_ns, visits=0, minor=0))
    turn.alarm("cloud_lost", STORE)


def cloud_back(turn: Turn) -> None:
    """The far end has everything: the budget is whole again."""
    turn.set(autonomy=replace(turn.state.autonomy, lost_since_ns=None, visits=0, minor=0))
    turn.over("cloud_lost", STORE)
    turn.over("offline_budget_spent", STORE)


def refuse(turn: Turn, request: EntryRequested, code: str, detail: str = "") -> None:
    """Say no politely. The same code held in front of the reader is recorded once."""
    before = turn.state.last_refusal
    key = _key(request)
    again = (
        before is not None
        and (before.credential, before.code, before.source) == (key, code, request.source)
        and turn.at_ns - before.at_ns < nanoseconds(REFUSED_AGAIN_S)
    )
    times = before.times + 1 if again and before is not None else 1
    turn.set(
        last_refusal=Refusal(
            visit=request.visit, source=request.source, credential=key, code=code, text=text_for(code), at_ns=turn.at_ns, times=times
        )
    )
    if not again:
        turn.audit("entry_refused", _name(request), f"{code} by {request.source}{': ' + detail if detail else ''}")


def _already_inside(turn: Turn, fact: EntryRequested) -> bool:
    """The code of the running visit (or of the receipt on the screen) once more, or a visit id that is in use."""
    key = _key(fact)
    phase = turn.phase
    if isinstance(phase, Authorising):
        return fact.visit == phase.request.visit or (key != "" and key == _key(phase.request))
    if isinstance(phase, ShowingReceipt):
        return fact.visit == phase.result.visit or (key != "" and key == phase.result.credential)
    visit = turn.visit
    if visit is not None:
        return fact.visit == visit.visit or (key != "" and key == visit.credential)
    return any(result.visit == fact.visit for result in turn.state.results)


def _door_problem(turn: Turn, fact: EntryRequested) -> str:
    if turn.state.store is None:
        return "not_configured"
    if not turn.state.doors or (fact.door is not None and turn.door(fact.door) is None):
        return "unknown_door"
    return "" if isinstance(turn.phase, Idle) else "busy"


def _cabinet_problem(turn: Turn, fact: EntryRequested) -> str:
    """The cabinet's own state, by the role of the pass. A card's role is not known before the cloud has answered."""
    credential = fact.credential
    return _role_problem(turn.state, credential.role) if isinstance(credential, PassClaims) else ""


def _role_problem(state: StoreState, role: Role) -> str:
    if role == "technician":
        return ""
    blocks = blocking(state)
    if role == "restocker":
        blocks = tuple(b for b in blocks if FAULTS[b.code].bars_restocker)
    if blocks:
        return "storage_low" if all(b.code == "storage_low" for b in blocks) else "out_of_service"
    return "starting" if starting(state) else ""


def _credential_problem(turn: Turn, fact: EntryRequested) -> str:
    credential = fact.credential
    if isinstance(credential, BadPass):
        return credential.reason
    if isinstance(credential, OpaqueCard):
        return "denied" if credential.digest in turn.state.entry_rules.deny else ""
    rules = turn.state.entry_rules
    if fact.vouched:
        return "denied" if credential.role == "shopper" or credential.holder in rules.deny else ""  # goods are sold by a pass only
    if fact.unix_s is None and rules.untrusted_clock == "refuse":
        return "clock"
    # A clock that is lost goes on from the last time that was known: what had expired then is expired now.
    if (turn.state.known_unix_s if fact.unix_s is None else fact.unix_s) >= credential.expires_s:
        return "expired"
    if fact.unix_s is not None and fact.unix_s < credential.not_before_s - NOT_BEFORE_SLACK_S:
        return "not_yet_valid"
    if credential.pass_id in rules.deny or credential.holder in rules.deny:
        return "denied"
    if any(used.pass_id == credential.pass_id for used in turn.state.used):
        return "already_used"
    if credential.role == "shopper":
        store = turn.state.store
        if credential.currency is not None and store is not None and credential.currency != store.prices.currency:
            return "currency"
        if credential.limit_minor is not None and credential.limit_minor < rules.min_limit_minor:
            return "limit_too_low"
    return ""


def _decide_alone(turn: Turn, request: EntryRequested, credential: PassClaims, *, asked: bool = False) -> None:
    code = _budget_problem(turn) if credential.role == "shopper" else ""
    if code:
        turn.alarm("offline_budget_spent", STORE, code, Said(code))
        if asked:
            _refuse_asked(turn, request, code, "")
        else:
            refuse(turn, request, code)
        return
    _admit(turn, request, credential.holder, credential.role, credential.limit_minor, decided_offline=True, asked=asked)


def _budget_problem(turn: Turn) -> str:
    alone, rules = turn.state.autonomy, turn.state.entry_rules
    if alone.lost_since_ns is None:
        return ""
    if turn.at_ns - alone.lost_since_ns > nanoseconds(rules.offline_hours * 3600.0):
        return "offline_too_long"
    if alone.visits >= rules.offline_visits:
        return "offline_visits"
    if alone.minor >= rules.offline_minor:
        return "offline_money"
    return ""


def _admit(
    turn: Turn, request: EntryRequested, holder: str, role: Role, limit_minor: int | None, *, decided_offline: bool, asked: bool
) -> None:
    """``asked``: the cloud knows of the request, so it is told when nothing comes of it."""
    say_no = _refuse_asked if asked else refuse
    store = turn.state.store
    credential = request.credential
    if store is None or isinstance(credential, BadPass):
        say_no(turn, request, "not_configured", "")
        return
    # What was true when the cloud was asked may not be true any more.
    code = _role_problem(turn.state, role)
    if code:
        say_no(turn, request, code, "")
        return
    pass_id = credential.pass_id if isinstance(credential, PassClaims) else None
    if isinstance(credential, PassClaims) and not _remember_used(turn, credential, request.unix_s):
        say_no(turn, request, "pass_store_full", "")
        return
    if role != "shopper":
        turn.audit(f"entry_{role}", holder, f"visit {request.visit} by {request.source}")
    turn.set(last_refusal=None)
    flow.granted(
        turn,
        store,
        visit=request.visit,
        holder=holder,
        role=role,
        credential=_key(request),
        pass_id=pass_id,
        limit_minor=limit_minor,
        door=request.door,
        decided_offline=decided_offline,
    )


def _remember_used(turn: Turn, credential: PassClaims, unix_s: int | None) -> bool:
    """Single use: the pass is spent from now on until it would have expired. False: there is no room to remember it."""
    used = turn.state.used if unix_s is None else tuple(u for u in turn.state.used if u.expires_s + USED_KEPT_S > unix_s)
    if len(used) >= MAX_USED:
        turn.alarm("pass_store_full", STORE)
        return False
    turn.over("pass_store_full", STORE)
    turn.set(used=(*used, UsedPass(pass_id=credential.pass_id, expires_s=credential.expires_s)))
    return True


def _refuse_asked(turn: Turn, request: EntryRequested, code: str, detail: str) -> None:
    flow.refused(turn, request, code)
    refuse(turn, request, code, detail)


def _key(request: EntryRequested) -> str:
    """What makes two presentations the same: pass id or card digest; nothing for what cannot be read."""
    match request.credential:
        case PassClaims(pass_id=pass_id):
            return pass_id
        case OpaqueCard(digest=digest):
            return digest
        case BadPass():
            return ""


def asked_about(request: EntryRequested) -> tuple[str, str | None]:
    credential = request.credential
    if isinstance(credential, OpaqueCard):
        return credential.digest, None
    key = _key(request)
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest(), key


def _holder(request: EntryRequested) -> str:
    return request.credential.holder if isinstance(request.credential, PassClaims) else ""


def _name(request: EntryRequested) -> str:
    return _holder(request) or "unknown"
