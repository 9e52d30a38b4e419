"""Who is logged in: clients ask this first, for the number that all other paths begin with."""

from falcon import Request, Response

from api.dialects.fluxtream.answers import answer
from api.services import Services


class Guest:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response) -> None:
        caller = req.context.caller
        answer(
            resp,
            {
                "username": caller.name,
                "firstname": caller.name,
                "lastname": "",
                "email": caller.name if "@" in caller.name else "",
                # A text that looks like a list: the wire's own.
                "roles": "[ROLE_ADMIN, ROLE_USER]" if caller.is_admin else "[ROLE_USER]",
                "id": caller.user_id,
            },
        )
