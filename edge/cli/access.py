"""``smartstore access``: users, tokens and the way in of a running store, for whoever may read its machine token."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from edge.access.rights import MEANING, RIGHTS, ROLES

if TYPE_CHECKING:
    from edge.cli.daemon import Daemon

EXAMPLES = """examples:
  sudo -u smartstore smartstore access setup-token               # what the first user has to type
  sudo -u smartstore smartstore access users add anna --role manager
  sudo -u smartstore smartstore access link anna                 # signs anna in once, also where the password is lost
  sudo -u smartstore smartstore access tokens add prometheus --right metrics
  sudo -u smartstore smartstore access fingerprint               # to compare with what a browser shows
  smartstore access users list --config store.toml

The store must be running; setup-token and fingerprint only read its files.
exit code: 0 done, 1 refused (the words say why), 2 the store cannot be asked, or the command line is wrong
"""

USERS = """examples:
  smartstore access users list
  smartstore access users add anna --role manager      # prints the link by which anna chooses a password
  smartstore access users role anna operator
  smartstore access users disable anna                 # signs anna out everywhere; "enable" lets anna in again
  smartstore access users reset anna                   # prints a link for another password; the old one holds until it is used
"""

TOKENS = """examples:
  smartstore access tokens list
  smartstore access tokens add prometheus --right metrics
  smartstore access tokens add till --right see --right let_in --days 365
  smartstore access tokens revoke 0123456789abcdef

A program sends it as "Authorization: Bearer TOKEN". It is printed once. Rights:
""" + "".join(f"  {right:<9} {MEANING[right]}\n" for right in RIGHTS)

LINK = """examples:
  smartstore access link anna

Open it in the browser that is to be signed in, and press its button. It works once.
"""

FIRST_RUN = """examples:
  smartstore access setup-token
  ssh -L 8080:127.0.0.1:8080 STORE    # then open http://127.0.0.1:8080/setup where you sit
"""

FINGERPRINT = """examples:
  smartstore access fingerprint

A browser shows the same under the lock in its address line: certificate, SHA-256.
"""

Act: TypeAlias = Callable[["Daemon", argparse.Namespace], None]
_Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    from edge.cli import way_in_files

    things = _group(parser)
    users = _group(_action(things, "users", "list, add, change or disable users", USERS))
    _action(users, "list", "everybody who may sign in", USERS, _list_users)
    add = _of_user(_action(users, "add", "let somebody in; prints the link by which they choose their password", USERS, _add_user))
    add.add_argument("--role", required=True, choices=ROLES, help="what they may do: " + ", ".join(ROLES))
    role = _of_user(_action(users, "role", "give somebody another role", USERS, _role))
    role.add_argument("role", choices=ROLES, metavar="ROLE", help="their role from now on: " + ", ".join(ROLES))
    for name, words, disabled in (
        ("disable", "sign somebody out everywhere and let them in no more", True),
        ("enable", "let somebody in again", False),
    ):
        _of_user(_action(users, name, words, USERS, partial(_change, disabled=disabled)))
    _of_user(_action(users, "reset", "print a link by which somebody chooses another password", USERS, _reset))
    _of_user(_action(things, "link", "print a link that signs somebody in once", LINK, _link))
    tokens = _group(_action(things, "tokens", "list, add or revoke tokens of programs", TOKENS))
    _action(tokens, "list", "programs that are let in", TOKENS, _list_tokens)
    add = _action(tokens, "add", "let a program in; prints its token, this once", TOKENS, _add_token)
    add.add_argument("name", metavar="NAME", help="what it is for")
    add.add_argument("--right", action="append", required=True, choices=RIGHTS, metavar="RIGHT", help="what it may do; once for each")
    add.add_argument("--days", type=float, metavar="N", help="days until it ends (default: until it is revoked)")
    revoke = _action(tokens, "revoke", "let a program in no longer", TOKENS, _revoke)
    revoke.add_argument("id", metavar="ID", help="the first column of the list")
    _action(things, "setup-token", "print what the first user has to type", FIRST_RUN, files=way_in_files.setup_token)
    _action(things, "fingerprint", "print what other machines compare the certificate by", FINGERPRINT, files=way_in_files.fingerprint)


def main(args: argparse.Namespace) -> int:
    """Exit code 0: done; 1: refused, with the reason; 2: the store cannot be asked."""
    from edge.cli.daemon import NoAnswer, found

    try:
        if args.files is not None:
            return int(args.files(args))
        args.act(found(args), args)
    except NoAnswer as error:
        print(f"smartstore access: {error}", file=sys.stderr)
        return 1 if error.code not in {"", "signed_out"} else 2
    return 0


def _list_users(daemon: Daemon, _: argparse.Namespace) -> None:
    users = daemon.ask("/api/v1/users")["users"]
    if not users:
        print("nobody yet: smartstore access setup-token, or smartstore access users add NAME --role admin")
    width = max((len(user["name"]) for user in users), default=0)
    for user in users:
        if user["disabled"]:
            state = "disabled"
        elif not user["has_password"]:
            state = "has not chosen a password yet"
        elif user["seen_unix_s"] is None:
            state = "has not signed in yet"
        else:
            state = f"signed in at {user['sessions']} place{'' if user['sessions'] == 1 else 's'}, last {_when(user['seen_unix_s'])}"
        print(f"{user['name']:<{width}}  {user['role']:<10}  {state}")


def _add_user(daemon: Daemon, args: argparse.Namespace) -> None:
    if args.role != "admin" and not daemon.ask("/api/v1/users")["users"]:
        print("note: this is the store's first user, and no admin; make one soon", file=sys.stderr)
    _print_link(args, daemon, daemon.ask("/api/v1/users", {"name": args.name, "role": args.role}), "may choose a password here")


def _role(daemon: Daemon, args: argparse.Namespace) -> None:
    _change(daemon, args, role=args.role)


def _change(daemon: Daemon, args: argparse.Namespace, **change: object) -> None:
    user = daemon.ask(f"/api/v1/users/{_quoted(args.name)}", change)
    print(f"{user['name']}: {user['role']}{', disabled' if user['disabled'] else ''}")


def _reset(daemon: Daemon, args: argparse.Namespace) -> None:
    told = daemon.ask(f"/api/v1/users/{_quoted(args.name)}/password-reset", {})
    _print_link(args, daemon, told, "may choose another password here")


def _link(daemon: Daemon, args: argparse.Namespace) -> None:
    _print_link(args, daemon, daemon.ask(f"/api/v1/users/{_quoted(args.name)}/sign-in-link", {}), "is signed in here")


def _print_link(args: argparse.Namespace, daemon: Daemon, told: dict[str, Any], what: str) -> None:
    from edge.cli.way_in_files import addresses_of

    print(f"{told['user']['name']} {what}, once, until {_when(told['expires_unix_s'])}:")
    for page in dict.fromkeys((f"{daemon.url.rstrip('/')}/", *addresses_of(args))):
        print(f"  {page.rstrip('/')}{told['link']}")


def _list_tokens(daemon: Daemon, _: argparse.Namespace) -> None:
    tokens = daemon.ask("/api/v1/tokens")["tokens"]
    if not tokens:
        print("no program is let in by a token")
    width = max((len(token["name"]) for token in tokens), default=0)
    for token in tokens:
        ends = "" if token["expires_unix_s"] is None else f", {'ended' if token['expired'] else 'until'} {_when(token['expires_unix_s'])}"
        print(f"{token['token']}  {token['name']:<{width}}  {' '.join(token['rights'])}  (last used {_when(token['used_unix_s'])}{ends})")


def _add_token(daemon: Daemon, args: argparse.Namespace) -> None:
    told = daemon.ask("/api/v1/tokens", {"name": args.name, "rights": args.right, "expires_days": args.days})
    print(f"token of {told['token']['name']} ({told['token']['token']}), printed this once:", file=sys.stderr)
    print(told["secret"])


def _revoke(daemon: Daemon, args: argparse.Namespace) -> None:
    told = daemon.ask(f"/api/v1/tokens/{_quoted(args.id)}/revoke", {})
    print(f"{told['name']} is let in no longer")


def _group(parser: argparse.ArgumentParser) -> _Actions:
    return parser.add_subparsers(required=True, metavar="ACTION")


def _action(
    actions: _Actions, name: str, words: str, examples: str, act: Act | None = None, *, files: Callable[..., int] | None = None
) -> argparse.ArgumentParser:
    from edge.cli.daemon import add_daemon

    said = f"{words[0].upper()}{words[1:]}."
    shape = argparse.RawDescriptionHelpFormatter
    parser = actions.add_parser(name, help=words, description=said, epilog=examples, formatter_class=shape)
    if act is not None or files is not None:
        parser.set_defaults(act=act, files=files)
        add_daemon(parser)
    return parser


def _of_user(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("name", metavar="NAME", help="name of the user")
    return parser


def _when(unix_s: float | None) -> str:
    return "never" if unix_s is None else datetime.fromtimestamp(unix_s).astimezone().strftime("%Y-%m-%d %H:%M")


def _quoted(text: str) -> str:
    return quote(text, safe="")
