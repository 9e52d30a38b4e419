"""What is turned away at the threshold, before anybody looks for it."""

from falcon import Request, Response

from api.faults import BODY
from darkroom.errors import Invalid


class Sieve:
    """Lets no address in that holds a NUL character, which no text column of PostgreSQL could be asked for."""

    def process_request(self, req: Request, resp: Response) -> None:
        if "\x00" in req.path or "%00" in req.query_string:
            raise Invalid("an address has no NUL character", where=BODY)
