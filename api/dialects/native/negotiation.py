"""In which form an answer is wanted, where it can be JSON or a table."""

import falcon
from falcon import Request

CSV = "text/csv"


def prefers_csv(req: Request, asked: str | None) -> bool:
    """Tell whether the answer is to be CSV. asked: what the query says, which goes before Accept. Raises 406."""
    if asked is not None:
        return asked == "csv"
    preferred = req.client_prefers((falcon.MEDIA_JSON, CSV))
    if preferred is None:
        raise falcon.HTTPNotAcceptable(description=f"this is answered in {falcon.MEDIA_JSON} or {CSV}")
    return preferred == CSV
