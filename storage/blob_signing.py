"""Signed requests to the API for blobs of the folder store: HMAC-SHA256 over all that they permit."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from darkroom.errors import Forbidden

META = "x-amz-meta-"  # form fields of this name travel with an S3 upload


class Grant(Struct, frozen=True, forbid_unknown_fields=True):
    """What the holder of a signature may do, until `expires` (epoch seconds)."""

    method: str
    key: str
    expires: int
    filename: str | None = None
    content_type: str | None = None
    size: int | None = None  # exactly so many bytes
    size_limit: int | None = None
    upload_id: str | None = None
    part: int | None = None
    md5: str | None = None  # base64, as Content-MD5 writes it
    metadata: dict[str, str] = {}


def sign_url(secret: bytes, base_url: str, grant: Grant) -> str:
    """Return `<base_url>/<key>?…` with the grant and its signature in the query."""
    query = {
        name: str(value)
        for name in Grant.__struct_fields__
        if name not in {"method", "key", "metadata"} and (value := getattr(grant, name)) is not None
    }
    query["signature"] = _digest(secret, grant.method, grant.key, query)
    return f"{base_url}/{quote(grant.key)}?{urlencode(query)}"


def verify(secret: bytes, method: str, key: str, query: Mapping[str, Any], now: float) -> Grant:
    """Return what the query of a signed URL permits; HEAD passes where GET does.

    Raises Forbidden when the signature is not ours, something was changed or added, or its time is over.
    """
    verb = "GET" if method == "HEAD" else method
    claims = {name: value for name, value in query.items() if name != "signature"}
    if not all(isinstance(value, str) for value in claims.values()):
        raise Forbidden("the signature of this link is not valid")  # a parameter given twice
    _compare(_digest(secret, verb, key, claims), query.get("signature"))
    grant = _grant({**claims, "method": verb, "key": key})
    return _living(grant, now)


def sign_form(secret: bytes, grant: Grant) -> dict[str, str]:
    """Return the fields of a form that POSTs one file under the grant; the file goes last."""
    policy = base64.b64encode(msgspec.json.encode(grant)).decode()
    typed = {"Content-Type": grant.content_type} if grant.content_type else {}
    meta = {META + name: value for name, value in grant.metadata.items()}
    signature = _digest(secret, grant.method, grant.key, {"policy": policy})
    return {"key": grant.key, **typed, **meta, "policy": policy, "signature": signature}


def verify_form(secret: bytes, fields: Mapping[str, str], now: float) -> Grant:
    """Return what the fields of a posted form (all but the file) permit.

    Raises Forbidden when a field is missing, changed or added, or the time is over.
    """
    policy = fields.get("policy", "")
    _compare(_digest(secret, "POST", fields.get("key", ""), {"policy": policy}), fields.get("signature"))
    grant = _grant_of_policy(policy)
    if dict(fields) != sign_form(secret, grant):
        raise Forbidden("the form's fields are not those that were signed")
    return _living(grant, now)


def _digest(secret: bytes, method: str, key: str, claims: Mapping[str, str]) -> str:
    sorted_claims = urlencode(sorted(claims.items()), errors="surrogatepass")
    message = f"darkroom-blob-1\n{method}\n{key}\n{sorted_claims}"
    return hmac.new(secret, message.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


def _compare(expected: str, given: object) -> None:
    if not isinstance(given, str) or not hmac.compare_digest(
        expected.encode(), given.encode(errors="replace")
    ):
        raise Forbidden("the signature of this link is not valid")


def _grant(claims: dict[str, Any]) -> Grant:
    try:
        return msgspec.convert(claims, Grant, strict=False)
    except msgspec.ValidationError as error:
        raise Forbidden("the signature of this link is not valid") from error


def _grant_of_policy(policy: str) -> Grant:
    try:
        return msgspec.json.decode(base64.b64decode(policy, validate=True), type=Grant)
    except (ValueError, msgspec.DecodeError) as error:
        raise Forbidden("the form's policy cannot be read") from error


def _living(grant: Grant, now: float) -> Grant:
    if now >= grant.expires:
        raise Forbidden("this link has expired", hint="ask for a new one")
    return grant
