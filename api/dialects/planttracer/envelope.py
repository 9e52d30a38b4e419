"""A fault as this door words it: `{"error": true, "message": …}`, a page for what is no call at all."""

import msgspec

from api.dialects.planttracer.answers import HTML, page
from api.dialects.planttracer.credential import EXPIRED_COOKIE
from api.faults import Fault, Wording

INVALID_KEY = "Invalid api_key"
SURPRISE = "Internal Server Error"
UNKNOWN = "unauthenticated"
STATUS = {UNKNOWN: 403, "invalid": 400}  # by code: of these the client knows no 401 and no 422


def envelope(fault: Fault) -> Wording:
    """Return the wording. A key that opens nothing also has its cookie taken away."""
    if fault.status == 405:
        return Wording(405, {**fault.headers, "Content-Type": HTML}, page(fault.message, "another method"))
    status, message = STATUS.get(fault.code, fault.status), fault.message
    headers = {"Content-Type": "application/json", **fault.headers}
    if fault.code == UNKNOWN:
        message = INVALID_KEY
        headers["Set-Cookie"] = EXPIRED_COOKIE
    elif fault.code == "internal":
        message = SURPRISE
    return Wording(status, headers, msgspec.json.encode({"error": True, "message": message}))
