"""Who may sign in to a demonstration: one admin with a password of its own for each one, and a link that signs in once."""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.access.store import AccessStore, access_path

NAME: Final = "demo"
PASSWORD_WORDS: Final = 5  # of 64 each: 30 bits, tried at one a minute on a loopback port
LINK_LIFE_S: Final = 86_400.0  # s; a demonstration is looked at on the day when it was started
_WORDS: Final = (
    "almond anchor apple apron autumn basket beacon berry bottle bridge butter candle canvas carrot cellar cherry "
    "cinnamon clover coffee copper cotton cradle cricket daisy dinner donkey dragon engine falcon feather ferry garden "
    "ginger hammer harbour hazel honey island jacket juniper kettle ladder lantern lemon marble meadow mitten mustard "
    "nutmeg olive orchard paddle pepper pillow planet pumpkin rabbit river saddle silver spoon timber walnut window"
)
WORDS: Final = tuple(_WORDS.split())


@dataclass(frozen=True, slots=True)
class SignIn:
    """``link``: the path that signs in once."""

    name: str
    password: str
    link: str


async def make_sign_in(journal: Path) -> SignIn:
    """Make the demonstration's user in the store with this journal, which may run or not. Raises AccessError."""
    password = "-".join(secrets.choice(WORDS) for _ in range(PASSWORD_WORDS))
    with closing(AccessStore.open(access_path(journal))) as access:
        if access.user(NAME) is None:
            await access.create_user(NAME, "admin", password, by="the demonstration")
        else:
            await access.set_password(NAME, password, by="the demonstration")
        secret = await access.make_link("enter", NAME, lives_s=LINK_LIFE_S, by="the demonstration")
    return SignIn(NAME, password, f"/enter/{secret}")
