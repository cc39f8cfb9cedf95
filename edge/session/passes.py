"""Entry passes: signed texts that a store can judge alone, and what becomes of any text somebody presents. Pure.

A pass is ``ss1.<kid>.<claims>.<signature>``: claims are UTF-8 JSON, claims and signature base64url without padding, the Ed25519 signature
(RFC 8032) covers the ASCII text before the last dot. Claims: ``jti`` pass id, ``sub`` holder, ``role``, ``aud`` (``tenant/store`` or
``tenant/*``), ``nbf`` and ``exp`` in Unix seconds, and optionally ``limit_minor`` with ``currency``. Nothing else is accepted.

:func:`check_pass` proves who signed what for whom; whether that person may enter now is judged by :mod:`edge.session.entry`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cloud_bridge.facts import Role
from edge.session.facts import BadPass, Credential, OpaqueCard, PassClaims

PREFIX: Final = "ss1"
MAX_CHARS: Final = 1024  # characters; a pass has about 350, and a QR code of this size is still read from a screen
MIN_CARD_CHARS: Final = 4  # characters; the shortest card number seen, a 4-byte NFC id as text has 8
MAX_CARD_CHARS: Final = 512  # characters; longer texts are no card numbers
MAX_SECONDS: Final = 2**40  # s; far beyond any date, small enough for every number type on the way
MAX_MINOR: Final = 2**40  # minor units; more than any purse

PassKeys: TypeAlias = Mapping[str, Ed25519PublicKey]
"""Public keys by key id. Several at once, so that keys can be changed without a moment at which passes are refused."""

_KID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_ID = re.compile(r"[A-Za-z0-9_.:@-]{1,64}")
_AUDIENCE = re.compile(r"[A-Za-z0-9_-]{1,40}/(?:[A-Za-z0-9_-]{1,40}|\*)")
_CURRENCY = re.compile(r"[A-Z]{3}")
_REQUIRED: Final = frozenset({"jti", "sub", "role", "aud", "nbf", "exp"})
_OPTIONAL: Final = frozenset({"limit_minor", "currency"})
_SIGNATURE_BYTES: Final = 64
_STANDARD: Final = str.maketrans("-_", "+/")  # from the base64url alphabet to the standard one


class _Bad(Exception):
    """Carries the code of :class:`BadPass` to the rim of this module."""


def load_keys(texts: Mapping[str, str]) -> dict[str, Ed25519PublicKey]:
    """Key id -> key, from base64 texts (either alphabet) of the 32 raw bytes. Raises ValueError that names the key."""
    keys = {}
    for kid, text in texts.items():
        if not _KID.fullmatch(kid):
            raise ValueError(f"pass key id {kid!r}: use 1 to 32 letters, digits, '-' or '_'")
        try:
            bare = text.translate(_STANDARD).rstrip("=")
            raw = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
            keys[kid] = Ed25519PublicKey.from_public_bytes(raw)
        except ValueError as error:
            raise ValueError(
                f"pass key {kid!r}: expected the 32 bytes of an Ed25519 public key in base64, got {len(text)} characters"
            ) from error
    return keys


def public_key_text(key: Ed25519PublicKey) -> str:
    """The key as it is written in the settings."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")


def sign_pass(claims: PassClaims, kid: str, key: Ed25519PrivateKey, *, audience: str) -> str:
    """A pass for ``audience`` (``tenant/store`` or ``tenant/*``). Raises ValueError where :func:`check_pass` would refuse it."""
    fields: dict[str, Any] = {
        "jti": claims.pass_id,
        "sub": claims.holder,
        "role": claims.role,
        "aud": audience,
        "nbf": claims.not_before_s,
        "exp": claims.expires_s,
    }
    if claims.limit_minor is not None:
        fields["limit_minor"] = claims.limit_minor
    if claims.currency is not None:
        fields["currency"] = claims.currency
    if not _KID.fullmatch(kid):
        raise ValueError(f"key id {kid!r}: use 1 to 32 letters, digits, '-' or '_'")
    try:
        _claims(fields)
    except _Bad as error:
        raise ValueError("these claims make no pass: an id, a time, the role, the limit or the audience is out of bounds") from error
    signed = f"{PREFIX}.{kid}.{_encode(json.dumps(fields, separators=(',', ':')).encode())}"
    return f"{signed}.{_encode(key.sign(signed.encode('ascii')))}"


def check_pass(text: str, keys: PassKeys, *, tenant: str, store: str) -> Credential:
    """What a presented text is. Total: any text gives a credential, most give :class:`BadPass` with a code of the refusal table.

    A text that is no pass but may be a card number becomes its SHA-256 digest; the text itself goes no further.
    """
    text = text.strip(" \t\r\n")
    if len(text) > MAX_CHARS:
        return BadPass("too_long")
    if not text.startswith(f"{PREFIX}."):
        return _card(text)
    try:
        return _verified(text, keys, tenant, store)
    except _Bad as error:
        return BadPass(str(error))


def _card(text: str) -> Credential:
    if not (MIN_CARD_CHARS <= len(text) <= MAX_CARD_CHARS and text.isprintable()):
        return BadPass("not_a_pass")
    return OpaqueCard(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


def _verified(text: str, keys: PassKeys, tenant: str, store: str) -> PassClaims:
    parts = text.split(".")
    if len(parts) != 4 or not _KID.fullmatch(parts[1]):
        raise _Bad("malformed")
    body, signature = _decode(parts[2]), _decode(parts[3])
    if len(signature) != _SIGNATURE_BYTES:
        raise _Bad("malformed")
    key = keys.get(parts[1])
    if key is None:
        raise _Bad("unknown_key")
    try:
        key.verify(signature, ".".join(parts[:3]).encode("ascii"))
    except InvalidSignature as error:
        raise _Bad("bad_signature") from error
    fields = _json(body)
    claims = _claims(fields)
    if fields["aud"] not in (f"{tenant}/{store}", f"{tenant}/*"):
        raise _Bad("wrong_audience")
    return claims


def _claims(fields: dict[str, Any]) -> PassClaims:
    """Every field has its type and lies in its bounds, nothing is missing, nothing is more."""
    if not (fields.keys() >= _REQUIRED and fields.keys() <= _REQUIRED | _OPTIONAL):
        raise _Bad("bad_claims")
    limit, currency = fields.get("limit_minor"), fields.get("currency")
    good = (
        _matches(_ID, fields["jti"])
        and _matches(_ID, fields["sub"])
        and _matches(_AUDIENCE, fields["aud"])
        and fields["role"] in get_args(Role)
        and _whole(fields["nbf"], MAX_SECONDS)
        and _whole(fields["exp"], MAX_SECONDS)
        and fields["nbf"] < fields["exp"]
        and ("limit_minor" not in fields or _whole(limit, MAX_MINOR))
        and ("currency" not in fields or _matches(_CURRENCY, currency))
        and (limit is None or currency is not None)
    )
    if not good:
        raise _Bad("bad_claims")
    return PassClaims(
        pass_id=fields["jti"],
        holder=fields["sub"],
        role=fields["role"],
        not_before_s=fields["nbf"],
        expires_s=fields["exp"],
        limit_minor=limit,
        currency=currency,
    )


def _json(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_refused, parse_float=_refused)
    except (ValueError, RecursionError) as error:
        raise _Bad("bad_claims") from error
    if not isinstance(fields, dict):
        raise _Bad("bad_claims")
    return fields


def _without_doubles(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a claim is given twice")
    return fields


def _refused(number: str) -> Any:
    raise ValueError(f"not a whole number: {number}")


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _whole(value: object, largest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= largest


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """base64url without padding, and only the one spelling that encoding gives: two texts are never the same pass."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise _Bad("malformed") from error
    if _encode(raw) != text:
        raise _Bad("malformed")
    return raw
