"""Entry passes: what is signed is proven, everything else is refused by name, nothing raises."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edge.session.facts import BadPass, OpaqueCard, PassClaims
from edge.session.passes import MAX_CHARS, check_pass, load_keys, public_key_text, sign_pass
from edge.session.refusals import TEXTS

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KEYS = load_keys({"k1": public_key_text(KEY.public_key())})
CLAIMS = PassClaims("pass-1", "holder-1", "shopper", 1_000, 2_000, 5_000, "EUR")
GOOD: dict[str, Any] = {
    "jti": "pass-1",
    "sub": "holder-1",
    "role": "shopper",
    "aud": "acme/s1",
    "nbf": 1_000,
    "exp": 2_000,
    "limit_minor": 5_000,
    "currency": "EUR",
}


def check(text: str) -> object:
    return check_pass(text, KEYS, tenant="acme", store="s1")


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(body: bytes, *, kid: str = "k1", key: Ed25519PrivateKey = KEY) -> str:
    """A pass over any bytes: truly signed, so that only the claims can be at fault."""
    text = f"ss1.{kid}.{encode(body)}"
    return f"{text}.{encode(key.sign(text.encode()))}"


def with_claims(**changes: Any) -> str:
    fields = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    return signed(json.dumps(fields).encode())


@pytest.mark.parametrize("audience", ["acme/s1", "acme/*"])
def test_a_signed_pass_is_proven(audience: str) -> None:
    assert check(sign_pass(CLAIMS, "k1", KEY, audience=audience)) == CLAIMS


def test_white_space_of_a_reader_does_not_matter() -> None:
    assert check(" " + sign_pass(CLAIMS, "k1", KEY, audience="acme/s1") + "\r\n") == CLAIMS


def test_without_limit_and_currency() -> None:
    claims = PassClaims("p", "h", "technician", 0, 1, None, None)
    assert check(sign_pass(claims, "k1", KEY, audience="acme/*")) == claims


def test_the_published_form_does_not_change() -> None:
    # Ed25519 is deterministic: the same claims and key give the same text in every release.
    digest = hashlib.sha256(sign_pass(CLAIMS, "k1", KEY, audience="acme/s1").encode()).hexdigest()
    assert digest == "5710246d7aeac28e575fac1c98fcbb682439edd447af8769c337ac8d3d59282d"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aud": "acme/s2"}, "wrong_audience"),
        ({"aud": "other/s1"}, "wrong_audience"),
        ({"aud": "other/*"}, "wrong_audience"),
        ({"aud": "*/s1"}, "bad_claims"),
        ({"aud": ["acme/s1"]}, "bad_claims"),
        ({"jti": ""}, "bad_claims"),
        ({"jti": "x" * 65}, "bad_claims"),
        ({"jti": "white space"}, "bad_claims"),
        ({"jti": 7}, "bad_claims"),
        ({"sub": None}, "bad_claims"),
        ({"sub": ...}, "bad_claims"),
        ({"role": "owner"}, "bad_claims"),
        ({"role": ["shopper"]}, "bad_claims"),
        ({"nbf": -1}, "bad_claims"),
        ({"nbf": True}, "bad_claims"),
        ({"nbf": 1000.0}, "bad_claims"),
        ({"nbf": "1000"}, "bad_claims"),
        ({"exp": 1_000}, "bad_claims"),
        ({"exp": 2**41}, "bad_claims"),
        ({"limit_minor": -1}, "bad_claims"),
        ({"limit_minor": None}, "bad_claims"),
        ({"currency": "eur"}, "bad_claims"),
        ({"currency": ...}, "bad_claims"),
        ({"admin": True}, "bad_claims"),
    ],
)
def test_signed_claims_out_of_bounds(changes: dict[str, Any], code: str) -> None:
    assert check(with_claims(**changes)) == BadPass(code)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 600,
        json.dumps(GOOD).encode().replace(b'{"jti"', b'{"jti": "other", "jti"'),
        json.dumps(GOOD).encode().replace(b"2000", b"NaN"),
        json.dumps(GOOD).encode().replace(b"2000", b"1e9"),
        json.dumps(GOOD).encode() + b"x",
        json.dumps(GOOD).encode("utf-16"),
    ],
)
def test_signed_bytes_that_are_no_claims(body: bytes) -> None:
    assert check(signed(body)) == BadPass("bad_claims")


def test_forgeries() -> None:
    text = sign_pass(CLAIMS, "k1", KEY, audience="acme/s1")
    head, kid, body, signature = text.split(".")
    richer = encode(json.dumps({**GOOD, "limit_minor": 10**9}).encode())
    assert check(f"{head}.{kid}.{richer}.{signature}") == BadPass("bad_signature")
    assert check(signed(json.dumps(GOOD).encode(), key=OTHER)) == BadPass("bad_signature")
    assert check(f"{head}.{kid}.{body}.{encode(bytes(64))}") == BadPass("bad_signature")
    assert check(f"{head}.k2.{body}.{signature}") == BadPass("unknown_key")
    assert check(f"{head}.{kid}.{body}.{encode(bytes(63))}") == BadPass("malformed")


def test_a_pass_has_one_spelling_only() -> None:
    text = sign_pass(CLAIMS, "k1", KEY, audience="acme/s1")
    last = text[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = alphabet[alphabet.index(last) ^ 1]  # differs only in bits that base64 drops
    assert base64.urlsafe_b64decode(text.split(".")[3] + "==") == base64.urlsafe_b64decode(text.split(".")[3][:-1] + twin + "==")
    for spelling in (text[:-1] + twin, text + "=", text + "==", text.replace(".", ". "), text + "."):
        assert check(spelling) == BadPass("malformed")


@pytest.mark.parametrize("text", ["ss1.", "ss1...", "ss1.k1.a.b", "ss1.k 1.YQ.YQ", "ss1.k1.ä.ö", "ss1.k1.YQ"])
def test_malformed(text: str) -> None:
    assert check(text) == BadPass("malformed")


def test_a_card_number_leaves_only_its_digest() -> None:
    assert check("04:A2:24:5B") == OpaqueCard(hashlib.sha256(b"04:A2:24:5B").hexdigest())


@pytest.mark.parametrize("text", ["", "abc", "a" * 513, "tab\tinside", "line\nbreak", "\x00\x00\x00\x00", "\ud800abc"])
def test_what_is_no_card_either(text: str) -> None:
    assert check(text) == BadPass("not_a_pass")


def test_too_long() -> None:
    assert check("a" * (MAX_CHARS + 1)) == BadPass("too_long")
    assert check("ss1." + "a" * MAX_CHARS) == BadPass("too_long")


@given(st.text(max_size=1100) | st.text(max_size=400).map(lambda text: f"ss1.{text}") | st.binary(max_size=300).map(signed))
def test_any_text_gives_a_credential_and_every_code_has_its_words(text: str) -> None:
    found = check(text)
    assert isinstance(found, OpaqueCard | BadPass)
    if isinstance(found, BadPass):
        assert found.reason in TEXTS


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_any_flipped_bit_is_noticed(place: int, mask: int) -> None:
    text = sign_pass(CLAIMS, "k1", KEY, audience="acme/s1")
    place %= len(text)
    spoilt = text[:place] + chr(ord(text[place]) ^ mask) + text[place + 1 :]
    assert not isinstance(check(spoilt), PassClaims)


@pytest.mark.parametrize(
    ("changes", "kid", "audience"),
    [
        ({"pass_id": ""}, "k1", "a/b"),
        ({"expires_s": 0}, "k1", "a/b"),
        ({"currency": None}, "k1", "a/b"),
        ({}, "k 1", "a/b"),
        ({}, "k1", "a"),
    ],
)
def test_signing_refuses_what_checking_would(changes: dict[str, Any], kid: str, audience: str) -> None:
    fields: dict[str, Any] = {name: getattr(CLAIMS, name) for name in CLAIMS.__slots__ if name != "kind"}
    with pytest.raises(ValueError, match=r"key id|no pass"):
        sign_pass(PassClaims(**{**fields, **changes}), kid, KEY, audience=audience)


def test_keys_are_read_in_either_alphabet_and_named_when_wrong() -> None:
    raw = base64.b64decode(public_key_text(KEY.public_key()))
    texts = (public_key_text(KEY.public_key()), encode(raw), base64.urlsafe_b64encode(raw).decode())
    for text in texts:
        assert public_key_text(load_keys({"k1": text})["k1"]) == texts[0]
    for wrong in ("", "abc", "!" * 44, encode(raw[:31]), "ä" * 43):
        with pytest.raises(ValueError, match="pass key 'old'"):
            load_keys({"old": wrong})
    with pytest.raises(ValueError, match="pass key id"):
        load_keys({"k 1": texts[0]})
