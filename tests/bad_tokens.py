"""Tokens that prove nothing, each with the header or the query that brings it."""

import base64
import json
import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.house import SECRET

_OURS, _FOREIGN = OctKey.import_key(SECRET), OctKey.import_key("another secret that is as long as it has to be")
_RSA = RSAKey.generate_key(2048)
_ANY = ["HS256", "HS384", "HS512", "RS256"]
Sent = tuple[dict[str, str], dict[str, str]]  # headers and query


def bad_tokens(seller: str) -> dict[str, Sent]:
    """By what is wrong with it; each says that it is this seller's."""
    now = int(time.time())
    good = {"sub": seller, "role": "seller", "aud": "amends", "exp": now + 600}
    told = {name: _signed(good | changes) for name, changes in _lies(now).items()}
    told |= {f"no {name}": _signed({k: v for k, v in good.items() if k != name}) for name in good}
    fine = _signed(good)
    head, body, seal = fine.split(".")
    told |= {
        "forged": _signed(good, _FOREIGN),
        "alg none": f"{_part({'alg': 'none'})}.{body}.",
        "alg None, signed": f"{_part({'alg': 'None'})}.{body}.{seal}",
        "our secret under another algorithm": _signed(good, alg="HS512"),
        "RS256": _signed(good, _RSA, "RS256"),
        "RS256 in the header over our seal": f"{_part({'alg': 'RS256'})}.{body}.{seal}",
        "no seal": f"{head}.{body}.",
        "the seal of another body": f"{head}.{_part(good | {'role': 'platform'})}.{seal}",
        "half of it": fine[: len(fine) // 2],
        "rubbish": "a.b.c",
        "nothing": "",
    }
    sent: dict[str, Sent] = {name: ({"Authorization": f"Bearer {token}"}, {}) for name, token in told.items()}
    return sent | {
        "no header": ({}, {}),
        "Basic": ({"Authorization": f"Basic {fine}"}, {}),
        "without its scheme": ({"Authorization": fine}, {}),
        "in a cookie": ({"Cookie": f"token={fine}; access_token={fine}"}, {}),
        "in another header": ({"X-Authorization": f"Bearer {fine}"}, {}),
        "in the query": ({}, {"access_token": fine, "token": fine}),
    }


def _lies(now: int) -> dict[str, dict[str, Any]]:
    return {
        "expired": {"exp": now - 1},
        "expires at a text": {"exp": str(now + 600)},
        "expires at true": {"exp": True},
        "not valid yet": {"nbf": now + 600},
        "wrong audience": {"aud": "others"},
        "no audience at all": {"aud": []},
        "unknown role": {"role": "king"},
        "a role in capitals": {"role": "SELLER"},
        "a list of roles": {"role": ["seller"]},
        "a number for a name": {"sub": 5},
        "a list for a name": {"sub": ["a"]},
        "an empty name": {"sub": ""},
        "a name that is too long": {"sub": "x" * 101},
        "a NUL in the name": {"sub": "a\x00b"},
    }


def _signed(claims: dict[str, Any], key: Any = _OURS, alg: str = "HS256") -> str:
    return jwt.encode({"alg": alg}, claims, key, algorithms=_ANY)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
