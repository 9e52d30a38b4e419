"""What makes a request the same request: its Idempotency-Key, and a digest of what its body means."""

import hashlib

import msgspec
from falcon import Request
from msgspec import Struct

from darkroom.errors import Invalid
from storage.once import Once

KEY_LIMIT = 255
KEYED = {"Idempotency-Key": "with the same key and body, the answer is the same however often this is sent"}


def key_of(req: Request) -> str | None:
    """Return the key that came with the request, None when none did. Raises Invalid."""
    key = req.get_header("Idempotency-Key")
    if key is not None and not (1 <= len(key) <= KEY_LIMIT and key.isprintable()):
        raise Invalid(
            f"an Idempotency-Key has 1 to {KEY_LIMIT} characters", where="Idempotency-Key", limit=KEY_LIMIT
        )
    return key


def once_of(req: Request, body: Struct) -> Once | None:
    """Return the key with its digest, None when none came. Raises Invalid."""
    key = key_of(req)
    return None if key is None else Once(key, digest_of(req, body))


def digest_of(req: Request, body: Struct) -> str:
    """Return what makes a request the same request: its path, and what its body means."""
    meant = msgspec.json.encode(body, order="deterministic")
    return hashlib.sha256(req.path.encode() + b"\n" + meant).hexdigest()
