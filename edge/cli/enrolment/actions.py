"""The actions that ``smartstore models`` offers about products, and their arguments. What they do is imported when one is asked for."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.store import ModelStore

AddAction = Callable[[str, str, Callable[[argparse.Namespace, "ModelStore"], int]], argparse.ArgumentParser]

EXAMPLES = """about products (docs/enrolling-a-product.md):
  smartstore models enrol 5400141000016 front.jpg left.jpg back.jpg top.jpg right.jpg
  smartstore models enrol 5400141000016 --camera shelf-1     # turn it in front of the shop's camera
  smartstore models enrol 5400141000016 --camera shelf-1 --reach   # take it from its plate and put it back, a few times
  smartstore models enrol 5400141000016 *.jpg --camera shelf-1 --reach   # both
  smartstore models enrol --from photographs/                # a folder per product, named by its GTIN
  smartstore models enrol 5400141000016 *.jpg --dry-run      # judge the photographs, change nothing
  smartstore models evaluate other-photographs/              # a folder per product; photographs of another day
  smartstore models compare other-photographs/               # the gallery before and the one in use, on the same photographs
  smartstore models compare other-photographs/ 6 new.gallery # versions, or files
  smartstore models gallery list
  smartstore models gallery rollback                         # what was in use before, at once
  smartstore models gallery forget 5400141000016
  smartstore models gallery install 000007-5d2c01b7e9aa.gallery
  smartstore models keygen --kid chain-1 --out chain-1.key   # prints the line for [vision] of every store
"""


def add_actions(add: AddAction) -> None:
    """Describe them. ``add``: makes the parser of one action, with what all of them share."""
    _add_enrol(add("enrol", "teach the eye products by photographs, without training", _done_by("enrol")))
    evaluate = add("evaluate", "how well a gallery knows photographs that it was not made from", _done_by("evaluate"))
    _photographs(evaluate)
    evaluate.add_argument("which", nargs="?", metavar="VERSION|FILE", help="the gallery (default: the one in use)")
    _output(evaluate)
    compare = add("compare", "which of two galleries knows the same photographs better", _done_by("compare"))
    _photographs(compare)
    compare.add_argument("first", nargs="?", metavar="VERSION|FILE", help="a gallery (default: the one in use before)")
    compare.add_argument("second", nargs="?", metavar="VERSION|FILE", help="the other (default: the one in use)")
    _output(compare)
    galleries = add("gallery", "the galleries that are kept: list them, take one into use, go back, bring one in", _done_by("galleries"))
    galleries.add_argument(
        "what",
        choices=("list", "use", "rollback", "install", "forget"),
        help="what to do; use takes a VERSION, install a FILE, forget a GTIN",
    )
    galleries.add_argument("which", nargs="?", metavar="VERSION|FILE|GTIN", help="which one")
    _gallery(galleries)
    _signing(galleries)
    keygen = add("keygen", "make a key pair to sign galleries with", _done_by("galleries"))
    keygen.add_argument("--kid", required=True, help="the key's id: letters, digits, hyphens, underscores")
    keygen.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the private key goes (mode 600, never over a file)")


def _add_enrol(enrol: argparse.ArgumentParser) -> None:
    enrol.add_argument("gtin", nargs="?", metavar="GTIN", help="the product; not with --from")
    enrol.add_argument("photographs", nargs="*", type=Path, metavar="PHOTO", help="JPEG or PNG files, 3 to 10 from different sides")
    enrol.add_argument("--clip", type=Path, metavar="VIDEO", help="a video of turning it in the hand, or a folder of its frames")
    enrol.add_argument("--camera", metavar="ID|URL", help="a [[camera]] of the store file, or a camera's address: turn it in front of it")
    enrol.add_argument("--reach", action="store_true", help="with --camera: take it from the shelf and put it back, as a shopper would")
    enrol.add_argument("--seconds", type=float, metavar="S", help="how long to look through the camera (default: 15, with --reach 60)")
    enrol.add_argument("--from", dest="folders", type=Path, metavar="DIR", help="many products: a folder per GTIN with its photographs")
    enrol.add_argument("--box", metavar="L,T,R,B", help="where the product is in the picture, as fractions (default: it fills the middle)")
    enrol.add_argument("--keep-odd", action="store_true", help="also use photographs that look unlike the others")
    enrol.add_argument("--anew", action="store_true", help="begin with an empty gallery, as after a change of the model")
    enrol.add_argument("--dry-run", action="store_true", help="judge and report, change nothing")
    _gallery(enrol)
    _signing(enrol)


def _photographs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photographs", type=Path, metavar="DIR", help="a folder per product, named by its GTIN, with photographs in it")


def _gallery(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gallery", type=Path, metavar="DIR", help="folder of the galleries, instead of the store file's")
    parser.add_argument("--model", metavar="NAME", help="embedder, instead of the store file's")


def _output(parser: argparse.ArgumentParser) -> None:
    _gallery(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object with all figures")


def _signing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", type=Path, metavar="FILE", help="sign what is made with this private key")
    parser.add_argument("--kid", dest="signer", metavar="ID", help="id under which the stores know the key")


def _done_by(module: str) -> Callable[[argparse.Namespace, ModelStore], int]:
    def do(args: argparse.Namespace, store: ModelStore) -> int:
        try:
            action = importlib.import_module(f"edge.cli.enrolment.{module}")
        except ModuleNotFoundError as error:
            print(f"smartstore models: {error.name} is not installed; type: pip install 'smartstore-edge[vision]'", file=sys.stderr)
            return 1
        from edge.cli.enrolment.opened import WrongCall
        from vision.gallery_file import GalleryRefused
        from vision.sources import SourceError

        try:
            code: int = action.main(args, store)
        except (GalleryRefused, SourceError, WrongCall) as error:
            print(f"smartstore models {args.action}: {error}", file=sys.stderr)
            return 2 if isinstance(error, WrongCall) else 1
        return code

    return do
