"""``smartstore changes``: what was changed on the store's pages, the way back, and the store file with all of it in."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.runtime.changes_file import ChangesFile, Kept
    from edge.runtime.settings import LoadedStore

EXAMPLES = """examples:
  sudo -u smartstore smartstore changes show               # what was changed, by whom, and what the store file says there
  sudo -u smartstore smartstore changes back 12            # to what held after change 12; the store may run or not
  sudo -u smartstore smartstore changes back 0             # to the store file alone
  sudo -u smartstore smartstore changes export > new.toml  # the store file with every change in it
  smartstore changes show --config store.toml

What is changed on the pages lies beside the journal and is laid over the store file; see docs/changing-things.md.
exit code: 0 done, 1 refused (the words say why), 2 the store file is wrong, the store cannot be asked, or the command line is wrong
"""

SHOW = """examples:
  smartstore changes show
  smartstore changes show --config store.toml
"""

BACK = """examples:
  smartstore changes back 12 --reason "the prices of the day before"
  smartstore changes back 0

"smartstore changes show" lists the numbers. Going back is a change too, with a number of its own. While the store runs it is asked to do
it, between two visits; what needs a restart is named.
"""

EXPORT = """examples:
  smartstore changes export > new.toml
  smartstore check-config new.toml

To take everything over: put it in place of the store file, and go back to the store file alone by "smartstore changes back 0". Comments are
not in it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    from edge.cli.daemon import add_daemon

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, words, examples in (
        ("show", "print what was changed, by whom, and what the store file says there", SHOW),
        ("back", "go back to what held after an earlier change", BACK),
        ("export", "print the store file with every change in it", EXPORT),
    ):
        said = f"{words[0].upper()}{words[1:]}."
        shape = argparse.RawDescriptionHelpFormatter
        action = actions.add_parser(name, help=words, description=said, epilog=examples, formatter_class=shape)
        if name == "back":
            action.add_argument("number", type=int, metavar="NUMBER", help="the number of that change; 0: the store file alone")
            action.add_argument("--reason", default="by the command line", metavar="WORDS", help="why, for the journal")
        add_daemon(action)


def main(args: argparse.Namespace) -> int:
    """Exit code 0, 1 or 2 as the help says."""
    from edge.cli.daemon import USUAL_CONFIG, config_of
    from edge.runtime.changes_file import ChangesFile
    from edge.runtime.settings import SettingsError, is_split, load_store

    config = config_of(args)
    if config is None:
        return _failed(f"there is no {USUAL_CONFIG}; name the store file with --config", 2)
    try:
        loaded = load_store(config, check_files=False)
    except SettingsError as error:
        return _failed(str(error), 2)
    file = ChangesFile(loaded.settings.journal.path.parent, is_split)
    if loaded.trouble:
        print(f"smartstore changes: {loaded.trouble}", file=sys.stderr)
    if args.action == "show":
        print("\n".join(_shown(loaded, file)))
        return 0
    if args.action == "export":
        print(_exported(loaded), end="")
        return 0
    return _back(args, loaded, file)


def _shown(loaded: LoadedStore, file: ChangesFile) -> list[str]:
    from edge.runtime.changes_words import in_words
    from edge.runtime.overlay import at

    if loaded.kept is None:
        return ["nothing was changed on a page: the store file holds alone"]
    lines = []
    edited = loaded.edited
    for place, value in sorted(loaded.overlay.values.items()):
        lines.append(f"{place}   now {in_words(place, value)}; in the store file {in_words(place, at(loaded.base, place))}")
        if place in edited:
            lines.append("    the store file was edited there since, which has no effect")
    lines.append("")
    lines.append(f"{_line(loaded.kept)}   <- holds")
    lines += [_line(one) for one in file.earlier() if one.number != loaded.kept.number]
    return [*lines, "   0  the store file alone"]


def _line(kept: Kept) -> str:
    when = "at an unknown time" if kept.at_unix_s is None else f"{datetime.fromtimestamp(kept.at_unix_s).astimezone():%Y-%m-%d %H:%M}"
    return f"{kept.number:>4}  {when}  {kept.by}: {', '.join(kept.places)} ({kept.reason})"


def _exported(loaded: LoadedStore) -> str:
    from edge.runtime.toml_text import toml_text

    head = f"# {loaded.path} with what was changed on the store's pages in it.\n\n"
    return head + toml_text(loaded.overlay.over(loaded.base))


def _back(args: argparse.Namespace, loaded: LoadedStore, file: ChangesFile) -> int:
    from edge.runtime.journal_lock import JournalHeld, hold

    try:
        with hold(loaded.settings.journal.path):
            return _back_alone(args, loaded, file)
    except JournalHeld:
        return _back_by_asking(args)
    except OSError as error:
        return _failed(
            f"{error.filename or loaded.settings.journal.path} cannot be written: {error.strerror}; run it as the store's user", 2
        )


def _back_alone(args: argparse.Namespace, loaded: LoadedStore, file: ChangesFile) -> int:
    """No controller runs: the next start takes it, and tells the journal."""
    from edge.runtime.changes_file import ChangesUnreadable, Kept
    from edge.runtime.overlay import Overlay, differing
    from edge.runtime.settings import Unfit, checked

    earlier = {one.number: one.overlay for one in file.earlier()} | {0: Overlay()}
    if loaded.kept is not None:
        earlier[loaded.kept.number] = loaded.kept.overlay
    if args.number not in earlier:
        return _failed(f"change {args.number} is not kept; there are {', '.join(map(str, sorted(earlier)))}", 1)
    overlay = Overlay().with_changes(loaded.base, earlier[args.number].values)
    places = differing(loaded.overlay, overlay)
    if not places and not loaded.trouble:
        print("that is what holds already")
        return 0
    try:
        checked(overlay.over(loaded.base), loaded.path.absolute().parent, check_files=False)
    except Unfit as error:
        return _failed(f"this cannot be, nothing was changed: {error}", 1)
    try:
        number = 1 + max(file.highest(), 0 if loaded.kept is None else loaded.kept.number, _told(loaded.settings.journal.path))
        by = f"{getpass.getuser()} at the command line"
        file.write(Kept(number=number, by=by, reason=args.reason, at_unix_s=None, places=places, overlay=overlay))
    except (ValueError, ChangesUnreadable) as error:
        return _failed(str(error), 1)
    print(f"change {number}: {', '.join(places) or 'nothing else'}; it holds when the store starts")
    return 0


def _told(journal: Path) -> int:
    """The last change that the journal knows of."""
    from edge.runtime.journal import JournalError, JournalReader
    from edge.runtime.store_loop import recover

    try:
        reader = JournalReader(journal)
    except JournalError:
        return 0
    try:
        return recover(reader).change_no
    finally:
        reader.close()


def _back_by_asking(args: argparse.Namespace) -> int:
    from edge.cli.daemon import NoAnswer, found

    try:
        daemon = found(args)
        version = daemon.ask("/api/v1/changes")["version"]
        result = daemon.ask("/api/v1/changes/back", {"number": args.number, "reason": args.reason, "version": version})
    except NoAnswer as error:
        return _failed(str(error), 1 if error.code not in {"", "signed_out"} else 2)
    problems = "".join(f"\n  {one['words']}" for one in result["problems"])
    if not result["accepted"]:
        return _failed(f"{result['words']}{problems}", 1)
    print(f"{result['words']} {', '.join(result['places'])}".strip())
    return 0


def _failed(words: str, code: int) -> int:
    print(f"smartstore changes: {words}", file=sys.stderr)
    return code
