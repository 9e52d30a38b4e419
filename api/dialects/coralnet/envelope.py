"""A fault as this door words it: JSON:API errors, with a pointer to what is wrong."""

from api.dialects.coralnet.answers import encode_errors
from api.dialects.coralnet.wire import MEDIA_TYPE
from api.faults import BODY, Fault, Wording

STATUS = {401: 403, 422: 400}  # of these its clients know no 401 and no 422
SURPRISE = "An internal error occurred; the log has it as {request_id}."


def envelope(fault: Fault) -> Wording:
    """Return the wording of a fault."""
    message = SURPRISE.format(request_id=fault.request_id) if fault.code == "internal" else fault.message
    where = None if fault.where == BODY else fault.where
    return Wording(
        STATUS.get(fault.status, fault.status),
        {**fault.headers, "Content-Type": MEDIA_TYPE},
        encode_errors([(message, where)]),
    )
