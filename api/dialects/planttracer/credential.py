"""Where this door's client puts its key: in the call, or in a cookie."""

import threading
from collections.abc import Callable

from falcon import Request

from api.dialects.planttracer.fields import fields_of
from api.services import Services
from darkroom.errors import Forbidden
from storage.planttracer import people
from storage.planttracer.people import DEMO_KEY, Person

KEY = "api_key"
DEMO_REFUSED = "demo accounts not allowed to execute requested action"
UNSET = "undefined"  # what the client's pages send when they know no key
EXPIRED_COOKIE = f"{KEY}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/"


class Demo:
    """The demo user, course and key, made when the first visitor of this process comes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._is_there = False

    def key(self) -> str:
        with self._lock:
            if not self._is_there:
                people.ensure_demo(self._services.engine)
                self._is_there = True
        return DEMO_KEY


def credential_of(services: Services) -> Callable[[Request], str | None]:
    """Return how the key of a call is found; in demo mode everybody carries the demo key, which else opens nothing."""
    demo = Demo(services)

    def credential(req: Request) -> str | None:
        if services.settings.planttracer_demo:
            return demo.key()
        key = key_of(req, services)
        return None if key == DEMO_KEY else key

    return credential


def key_of(req: Request, services: Services) -> str | None:
    """Return the key that came with the call: in query or form, else in the cookie; None when none did."""
    given = fields_of(req, services.settings.body_limit_bytes).get(KEY)
    if given is not None and given != UNSET:
        return given
    return req.cookies.get(KEY)


def forbid_demo(person: Person) -> None:
    """Raise Forbidden for who may only look."""
    if person.demo:
        raise Forbidden(DEMO_REFUSED)
