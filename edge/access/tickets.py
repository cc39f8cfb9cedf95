"""Secrets that the store gives out: random, and kept only as a digest. They need no slow hash, as nobody can guess 256 bits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

SECRET_BYTES = 32  # 256 bits
TOKEN_MARK = "sst_"  # noqa: S105 - what an API token begins with, so that scanners of repositories can find leaked ones
LONGEST_SECRET = 200  # characters; nothing longer is one of ours, and nothing longer is hashed
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 that are not mistaken for each other
_TYPED_LENGTH = 28  # letters of 5 bits: 140 bits, typed once from a screen or a sheet of paper
_GROUP = 4


def new_secret(mark: str = "") -> str:
    """A new secret, safe in a cookie, a header and an address."""
    return mark + base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()


def new_typed() -> str:
    """A secret for typing, as a setup token or a recovery code: seven groups of four letters."""
    return typed("".join(secrets.choice(_LETTERS) for _ in range(_TYPED_LENGTH)))


def typed(text: str) -> str:
    """Such a secret as it was given out, however it was typed."""
    letters = "".join(sign for sign in text.upper() if sign.isalnum())
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def new_id() -> str:
    """A name for a session or a token that is no secret."""
    return secrets.token_hex(8)


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def bound(key: bytes, cookie: str) -> str:
    """The proof that a page belongs to the session of ``cookie``: only who has ``key`` can make it."""
    proof = hmac.new(key, b"csrf\0" + cookie.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(proof).rstrip(b"=").decode()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
