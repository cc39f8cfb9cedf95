"""Changes of goods and settings while the store runs: checked as a whole, written beside the journal, then told to the state machine.

The order is file, then fact: after a power cut between the two the change holds from the next start on, which tells it to the journal. What
may hold at once does so by the fact; the rest waits for a restart, and is named as waiting until then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from edge.runtime import described
from edge.runtime.changes_file import ChangesFile, Kept
from edge.runtime.changes_words import WORDS, told, wrong
from edge.runtime.clock import SystemClock
from edge.runtime.described import is_dangerous_change
from edge.runtime.goods_rows import warnings
from edge.runtime.inbox import Inbox
from edge.runtime.overlay import Overlay, at, differing
from edge.runtime.settings import (
    LoadedStore,
    SettingsError,
    StoreSettings,
    Unfit,
    cameras_of,
    checked,
    read_tables,
    store_model,
    wrong_brackets,
)
from edge.runtime.standing import Refused, Standing, Wish, at_once, differing_tables, places_wanted
from edge.runtime.trial import Trial
from edge.session.facts import StoreConfigured
from edge.session.state import StoreState
from edge.store.model import StoreModel
from edge.web.changing import FROM_FILE, ChangeResult, ChangeRow, HistoryView, SettingsView, Warned

log = logging.getLogger(__name__)

TOLD_CHARS: Final = 1500  # of a change in the journal; the message to the cloud takes 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """A change that could be made. ``waits``: something of it holds only from the next start on."""

    overlay: Overlay
    running: StoreSettings
    in_force: Mapping[str, Any]
    store: StoreModel
    waits: bool
    told: str
    result: ChangeResult


class Changes:
    """The goods and settings of one running store; keeps :class:`edge.web.changing.ChangingFront`.

    ``took`` hears the settings that hold from now on. ``restarting``: does somebody wait for a restart?
    """

    def __init__(
        self,
        loaded: LoadedStore,
        file: ChangesFile,
        *,
        inbox: Inbox,
        clock: SystemClock,
        state: Callable[[], StoreState],
        took: Callable[[StoreSettings], None],
        restarting: Callable[[], bool] = lambda: False,
    ) -> None:
        self._loaded = loaded
        self._file = file
        self._trial = Trial(file.path.parent)
        self._folder = loaded.path.absolute().parent
        self._inbox = inbox
        self._clock = clock
        self._state = state
        self._took = took
        self._restarting = restarting
        self._base = loaded.base
        self._kept = loaded.kept
        self._trouble = loaded.trouble
        self._running = loaded.settings
        self._in_force: Mapping[str, Any] = loaded.overlay.over(loaded.base)
        self._known: tuple[str, StoreSettings] = ("", loaded.settings)
        self._one_by_one = asyncio.Lock()

    @property
    def state(self) -> StoreState:
        """What the store knows now."""
        return self._state()

    def proven(self) -> None:
        """The store has started with everything that is laid over its file."""
        if self._kept is not None and not self._trouble:
            self._trial.passed(self._kept.number)

    def first_fact(self, at_ns: int) -> StoreConfigured:
        """What the shop is at the start, and the last change if the journal does not tell of it yet."""
        kept, told_no, settings = self._kept, self._state().change_no, self._running
        lost = self._loaded.lost or (kept is None and told_no > 0)
        if lost and not self._trouble:
            self._trouble = f"{self._file.path} is gone; the journal tells of change {told_no}"
        if self._trouble:
            log.error("changes could not be read", extra={"trouble": self._trouble, "store_file_alone": lost})
        if edited := self._loaded.edited:
            log.warning("the store file was edited where a page has changed it; that has no effect", extra={"places": ", ".join(edited)})
        fact = StoreConfigured(
            at_ns=at_ns,
            store=store_model(settings),
            visit=settings.visit,
            entry=settings.entry,
            cameras=cameras_of(settings),
            trouble="lost" if lost else "stepped_back" if self._trouble else "",
            trouble_words=self._trouble[:500],
        )
        if kept is None or kept.number <= told_no:
            return fact
        return replace(fact, by=kept.by, change=f"{', '.join(kept.places)} ({kept.reason})"[:TOLD_CHARS], change_no=kept.number)

    async def change(
        self, changes: Mapping[str, Any], by: str, reason: str, version: str | None, *, unset: Sequence[str] = (), check: bool = False
    ) -> ChangeResult:
        """As the port says."""
        return await self.make(lambda standing: places_wanted(standing, changes, unset), by, reason, version, check=check)

    async def tables(self) -> tuple[str, Mapping[str, Any]]:
        """As the port says."""
        standing = await self.look()
        return standing.version, standing.tables

    async def described(self) -> SettingsView:
        """As the port says."""
        return await asyncio.to_thread(self._described, await self.look())

    async def history(self) -> HistoryView:
        """As the port says."""
        standing = await self.look()
        rows = [_row(one, holds=False) for one in await asyncio.to_thread(lambda: list(self._file.earlier()))]
        if self._kept is not None:
            now = _row(self._kept, holds=True)
            rows = [now, *(row for row in rows if row.number != now.number)]
        file = ChangeRow(number=FROM_FILE, by="", reason="", at_unix_s=None, places=(), holds=self._kept is None)
        return HistoryView(version=standing.version, changes=(*rows, file))

    async def back(self, number: int, by: str, reason: str, version: str, *, check: bool) -> ChangeResult:
        """As the port says."""
        earlier = await asyncio.to_thread(lambda: {one.number: one.overlay for one in self._file.earlier()})
        if self._kept is not None:
            earlier[self._kept.number] = self._kept.overlay
        earlier[FROM_FILE] = Overlay()

        def wish(standing: Standing) -> dict[str, Any]:
            if number not in earlier:
                raise Refused("unknown_change")
            wanted = earlier[number].values
            return dict.fromkeys(standing.overlay.values) | dict(wanted)

        return await self.make(wish, by, reason, version, check=check)

    async def make(self, wish: Wish, by: str, reason: str, version: str | None, *, check: bool = False) -> ChangeResult:
        """Make what ``wish`` says of what holds a change, the whole of which is checked; one change at a time."""
        async with self._one_by_one:
            standing = await self.look()
            try:
                if version not in (None, standing.version):
                    raise Refused("stale")
                tried = await asyncio.to_thread(self._try, standing, wish, reason)
            except Refused as refused:
                problems = tuple(wrong(problem) for problem in refused.problems)
                return ChangeResult(accepted=False, code=refused.code, words=str(refused), version=standing.version, problems=problems)
            result = tried.result
            if check:
                return result
            if not result.places and not self._trouble:
                return _ended(result, "nothing_changed", standing.version)
            number = 1 + max(await asyncio.to_thread(self._file.highest), self._state().change_no)
            unix_s = self._clock.read().trusted_unix_s
            kept = Kept(number=number, by=by, reason=reason, at_unix_s=unix_s, places=result.places, overlay=tried.overlay)
            try:
                await asyncio.to_thread(self._file.write, kept)
            except (OSError, ValueError) as error:
                log.error("a change could not be written", extra={"error": str(error)})
                return _ended(result, "not_written", standing.version, accepted=False)
            self._base, self._kept, self._trouble = standing.base, kept, ""
            self._running, self._in_force = tried.running, tried.in_force
            self._took(tried.running)
            await self._inbox.put_and_wait(
                StoreConfigured(
                    at_ns=self._clock.monotonic_ns(),
                    store=tried.store,
                    visit=tried.running.visit,
                    entry=tried.running.entry,
                    cameras=cameras_of(tried.running),
                    by=by,
                    change=tried.told,
                    change_no=number,
                )
            )
            if not result.restart_needed:
                await asyncio.to_thread(self._trial.passed, number)
            log.info("changed", extra={"number": number, "by": by, "places": ", ".join(result.places)})
            return _ended(result, "waits" if tried.waits else "changed", (await self.look()).version)

    async def look(self) -> Standing:
        """The store file as it is now, with what is laid over it."""
        return await asyncio.to_thread(self._looked)

    def settings(self, standing: Standing) -> StoreSettings:
        """What is kept, as settings; what holds now where the store file does not allow that. Takes its time: call it in a thread."""
        if self._known[0] != standing.version:
            try:
                self._known = (standing.version, self._checked(standing, standing.overlay))
            except Refused:
                return self._running
        return self._known[1]

    def waiting(self, standing: Standing) -> tuple[str, ...]:
        """Places that hold something else now than from the next start on."""
        return differing_tables(self._in_force, standing.tables)

    def _described(self, standing: Standing) -> SettingsView:
        return SettingsView(
            version=standing.version,
            sections=described.sections(standing.base, standing.overlay),
            waiting=self.waiting(standing),
            edited=standing.overlay.edited(standing.base),
            restarting=self._restarting(),
            unreadable=self._trouble,
        )

    def _looked(self) -> Standing:
        try:
            base, _ = read_tables(self._loaded.path)
        except SettingsError as error:
            return Standing(self._base, self._kept, wrong=str(error))
        if problems := wrong_brackets(base):
            return Standing(self._base, self._kept, wrong=f"{self._loaded.path}: {problems[0].words}")
        return Standing(base, self._kept)

    def _try(self, standing: Standing, wish: Wish, reason: str) -> _Tried:
        """What would come of it. Takes its time: a store of a thousand facings has many that may weigh alike. Raises Refused."""
        overlay = standing.overlay.with_changes(standing.base, wish(standing))
        places = differing(standing.overlay, overlay)
        settings = self._checked(standing, overlay)
        before, tables = standing.tables, overlay.over(standing.base)
        running, in_force = at_once(settings, tables, self._running, self._in_force)
        waits = differing_tables(in_force, tables)
        result = ChangeResult(
            accepted=True,
            code="would_change",
            words=WORDS["would_change"],
            version=standing.version,
            warnings=self._new_warnings(self.settings(standing), settings),
            restart_needed=bool(waits),
            places=places,
            dangerous=tuple(place for place in places if is_dangerous_change(place, at(before, place), at(tables, place))),
        )
        return _Tried(
            overlay=overlay,
            running=running,
            in_force=in_force,
            store=store_model(running),
            waits=any(_concerns(place, waits) for place in places),
            told=told(before, tables, places, reason, characters=TOLD_CHARS),
            result=result,
        )

    def _checked(self, standing: Standing, overlay: Overlay) -> StoreSettings:
        """Raises Refused."""
        if standing.wrong:
            raise Refused("file_wrong", f"{WORDS['file_wrong']} {standing.wrong}")
        try:
            return checked(overlay.over(standing.base), self._folder, check_files=self._loaded.check_files)
        except Unfit as error:
            problems = error.problems
        try:
            checked(standing.tables, self._folder, check_files=self._loaded.check_files)
        except Unfit as error:
            if {problem.words for problem in error.problems} >= {problem.words for problem in problems}:
                raise Refused("file_wrong", problems=problems) from error
        raise Refused("invalid", problems=problems)

    def _new_warnings(self, before: StoreSettings, wanted: StoreSettings) -> tuple[Warned, ...]:
        known = {(one.code, one.products, one.units, one.plates) for one in warnings(store_model(before), self._state())}
        found = warnings(store_model(wanted), self._state())
        return tuple(one for one in found if (one.code, one.products, one.units, one.plates) not in known)


def _concerns(place: str, places: Sequence[str]) -> bool:
    return any(place == one or one.startswith(f"{place}.") or place.startswith(f"{one}.") for one in places)


def _ended(result: ChangeResult, code: str, version: str, *, accepted: bool = True) -> ChangeResult:
    return replace(result, accepted=accepted, code=code, words=WORDS[code], version=version)


def _row(kept: Kept, *, holds: bool) -> ChangeRow:
    return ChangeRow(number=kept.number, by=kept.by, reason=kept.reason, at_unix_s=kept.at_unix_s, places=kept.places, holds=holds)
