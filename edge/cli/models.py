"""``smartstore models``: which models there are, whether they are what they should be, and which version is used. Runs no shop."""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.enrolment.actions import EXAMPLES as PRODUCT_EXAMPLES
from edge.cli.enrolment.actions import add_actions

if TYPE_CHECKING:
    from models.store import Entry, ModelStore
    from vision.settings import VisionSettings

USUAL_CONFIG = Path("/etc/smartstore/store.toml")
MOST_COLUMNS = 100  # of the list's lines; a terminal beside another window
UNDER_NAME = "    "  # what a model is, below its name

EXAMPLES = f"""examples:
  smartstore models list                                     # those that came with the program, added ones, known ones
  smartstore models show product-embedder                    # its manifest: input, licence, measured figures
  smartstore models add yolox-nano-person                    # a known one, from where its manifest says
  smartstore models add person.onnx                          # the same file, brought on a stick: known by its hash
  smartstore models add ours.onnx --manifest ours.toml       # one of your own (docs/adding-a-model.md)
  smartstore models draft ours.onnx > ours.toml              # a first manifest: file it, check what it asks you to check
  smartstore models verify                                   # hash, shape and a run of everything that is here
  smartstore models verify product-embedder
  smartstore models use product-embedder 2
  smartstore models rollback product-embedder                # what was used before
  smartstore models remove yolox-nano-person 1 --folder /var/lib/smartstore/models

{PRODUCT_EXAMPLES}
The folder of added models is [vision] models of the store file (--config), or --folder. A running eye takes
another model at its next start, another gallery within seconds.

exit code: 0 done, 1 refused (the last line says why), 2 the store file or the command line is wrong
"""

Action = Callable[[argparse.Namespace, "ModelStore"], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = _action(actions, "list", "all models: which are here, which are used", _list)
    listed.add_argument("--json", action="store_true", help="one JSON array")
    show = _action(actions, "show", "everything that is known of one model", _show)
    show.add_argument("name", metavar="NAME", help="the model")
    show.add_argument("version", nargs="?", metavar="VERSION", help="default: the one in use")
    add = _action(actions, "add", "bring a model in, checked by hash and by running it", _add)
    add.add_argument("source", metavar="NAME|FILE|URL", help="a known model's name, an ONNX or manifest file, or an http(s) address")
    add.add_argument("--manifest", type=Path, metavar="FILE", help="what the model is, where the program does not know it by its hash")
    draft = _action(actions, "draft", "print a first manifest for a model of your own, with what you must check", _draft)
    draft.add_argument("model", type=Path, metavar="FILE", help="the ONNX file")
    draft.add_argument("--name", help="what settings shall call it (default: from the file's name)")
    verify = _action(actions, "verify", "check hash, shape and operators of models, and run them once", _verify)
    verify.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all that are here)")
    for word, what, do in (
        ("use", "from now on the name means this version", _use),
        ("remove", "delete an added version", _remove),
    ):
        one = _action(actions, word, what, do)
        one.add_argument("name", metavar="NAME", help="the model")
        one.add_argument("version", metavar="VERSION", help="which of its versions")
    rollback = _action(actions, "rollback", "back to the version that was used before", _rollback)
    rollback.add_argument("name", metavar="NAME", help="the model")
    add_actions(lambda name, words, do: _action(actions, name, words, do))


def main(args: argparse.Namespace) -> int:
    """Exit code 0, 1 or 2 as the help says."""
    from edge.runtime.settings import SettingsError
    from models.manifest import ModelRefused

    try:
        store = opened_store(args)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        do: Action = args.do
        return do(args, store)
    except ModuleNotFoundError as error:
        print(f"smartstore models: {error}; the eye needs its packages: install smartstore-edge[vision]", file=sys.stderr)
        return 1
    except ModelRefused as error:
        print(f"smartstore models: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
        print(f"smartstore models: {where}", file=sys.stderr)
        return 1


def opened_store(args: argparse.Namespace) -> ModelStore:
    """The models that ``--folder`` or the store file mean. Raises SettingsError."""
    from models.store import ModelStore

    return ModelStore(args.folder if args.folder is not None else eye_settings(args).models)


def eye_settings(args: argparse.Namespace) -> VisionSettings:
    """[vision] of the store file, or its defaults where there is none. Raises SettingsError."""
    from edge.runtime.settings import load_settings
    from vision.settings import VisionSettings

    if args.config is None and (args.folder is not None or not USUAL_CONFIG.exists()):
        return VisionSettings()
    return load_settings(args.config or USUAL_CONFIG, check_files=False).vision


def _action(actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str, do: Action) -> argparse.ArgumentParser:
    found = actions.add_parser(
        name,
        help=words,
        description=f"{words[0].upper()}{words[1:]}.",
        epilog=_examples_of(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--config", type=Path, metavar="FILE", help=f"the store file; without it {USUAL_CONFIG} where there is one")
    found.add_argument("--folder", type=Path, metavar="DIR", help="folder of added models, instead of the store file's")
    found.set_defaults(do=do)
    return found


def _examples_of(action: str) -> str:
    """The examples of one action out of those of all."""
    lines = [line for line in EXAMPLES.splitlines() if re.search(rf"smartstore models {action}\b", line)]
    return "\n".join(["examples:", *lines]) if lines else ""


def _list(args: argparse.Namespace, store: ModelStore) -> int:
    rows, problems = store.survey()
    for problem in problems:
        print(problem, file=sys.stderr)
    if args.json:
        print(json.dumps([{**row.manifest.model_dump(mode="json"), "state": _state(row)} for row in rows], indent=2))
        return 1 if problems else 0
    cells = [("NAME", "VERSION", "PURPOSE", "STATE", "MB")]
    cells += [(one.name, one.version, one.purpose, _state(row), f"{one.size / 1e6:.1f}") for row in rows for one in (row.manifest,)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    print(lines[0])
    for line, row in zip(lines[1:], rows, strict=True):
        print(line)
        words = f"{row.manifest.title} ({row.manifest.origin.licence})"
        print(textwrap.fill(words, MOST_COLUMNS, initial_indent=UNDER_NAME, subsequent_indent=UNDER_NAME))
    return 1 if problems else 0


def _state(row: Entry) -> str:
    if not row.present:
        return "known, not here"
    return f"{'in use' if row.active else 'here'}, {'came along' if row.shipped else 'added'}"


def _show(args: argparse.Namespace, store: ModelStore) -> int:
    from models.manifest import manifest_toml

    row = next((one for one in store.entries() if args.version is None and one.manifest.name == args.name and not one.present), None)
    row = row or store.find(args.name, args.version)
    print(f"# {row.manifest.key}: {_state(row)}; {row.folder / row.manifest.file}")
    print(manifest_toml(row.manifest), end="")
    return 0


def _add(args: argparse.Namespace, store: ModelStore) -> int:
    from models.intake import bring
    from vision.backends.proof import prove

    eye, progress = eye_settings(args), _progress() if sys.stderr.isatty() else None
    row = bring(store, args.source, args.manifest, lambda model: print(prove(model, eye.providers, eye.threads)), progress)
    print(f"{row.manifest.key}: {_state(row)}")
    if not row.active:
        print(f"another version is in use; `smartstore models use {row.manifest.name} {row.manifest.version}` changes that")
    return 0


def _draft(args: argparse.Namespace, _: ModelStore) -> int:
    from vision.backends.draft import draft_manifest

    name = args.name or re.sub(r"[^a-z0-9]+", "-", args.model.stem.lower()).strip("-")[:64] or "model"
    print(draft_manifest(args.model, name), end="")
    return 0


def _progress() -> Callable[[int, int], None]:
    def show(so_far: int, in_all: int) -> None:
        words = f"{so_far / 1e6:.1f} MB" + (f" of {in_all / 1e6:.1f} MB" if in_all else "")
        print(f"\r{words}", end="\n" if so_far == in_all else "", file=sys.stderr, flush=True)

    return show


def _verify(args: argparse.Namespace, store: ModelStore) -> int:
    from models.manifest import ModelRefused
    from models.store import read_verified
    from vision.backends.proof import prove

    eye, (found, problems) = eye_settings(args), store.survey()
    rows = [row for row in found if row.present and (not args.names or row.manifest.name in args.names)]
    for problem in problems:
        print(f"REFUSED {problem}", file=sys.stderr)
    missing = set(args.names) - {row.manifest.name for row in rows}
    for name in sorted(missing):
        print(f"{name}: not here; `smartstore models list` shows what is, and what can be added", file=sys.stderr)
    refused = 0
    for row in rows:
        try:
            print(prove(read_verified(row), eye.providers, eye.threads))
        except ModelRefused as error:
            refused += 1
            print(f"REFUSED {error}", file=sys.stderr)
    return 1 if refused or missing or problems else 0


def _use(args: argparse.Namespace, store: ModelStore) -> int:
    print(f"{store.use(args.name, args.version).key} is in use")
    return 0


def _rollback(args: argparse.Namespace, store: ModelStore) -> int:
    print(f"{store.rollback(args.name).key} is in use")
    return 0


def _remove(args: argparse.Namespace, store: ModelStore) -> int:
    store.remove(args.name, args.version)
    print(f"{args.name}@{args.version} is removed")
    return 0
