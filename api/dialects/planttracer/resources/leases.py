"""Leases of newer clients: who of several browsers may change a movie."""

from typing import Any

from falcon import Request, Response

from api.dialects.planttracer.answers import Refused, answer
from api.dialects.planttracer.fields import Fields
from api.dialects.planttracer.reach import asked, readable
from api.services import Services
from storage.engine import write
from storage.planttracer import leases
from storage.planttracer.leases import Lease
from storage.planttracer.movies import State

NOT_READY = "Movie upload processing is not complete."
NO_LEASE = "analysis lease is required"


class AcquireLease:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Take the movie, if one may change it and nobody else has it; `lease_id` is null when one may only look."""
        fields, person = asked(self.services, req)
        reached = readable(self.services, person, fields.get("movie_id"))
        if reached.movie.state is not State.READY:
            raise Refused(NOT_READY, 409)
        movie_id, user_id = reached.movie.movie_id, person.user_id
        with write(self.services.engine) as db:
            may = reached.rights.edits and not person.demo
            own = leases.acquire(db, movie_id, user_id) if may else None
            held = own or leases.current(db, movie_id)
        answer(
            resp,
            lease_id=None if own is None else own.lease_id,
            analysis_lock=_lock(held, owned=own is not None),
        )


class HeartbeatLease:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Hold the movie for longer. Whoever lost it is told whose it is, and is refused."""
        fields, person = asked(self.services, req)
        movie_id = readable(self.services, person, fields.get("movie_id")).movie.movie_id
        lease_id = _lease_id(fields)
        with write(self.services.engine) as db:
            if not leases.renew(db, movie_id, lease_id, person.user_id):
                raise Refused(leases.HELD, 409)
            held = leases.current(db, movie_id)
        answer(resp, lease_id=lease_id, analysis_lock=_lock(held, owned=True))


class ReleaseLease:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        fields, person = asked(self.services, req)
        movie_id = readable(self.services, person, fields.get("movie_id")).movie.movie_id
        lease_id = _lease_id(fields)
        with write(self.services.engine) as db:
            leases.release(db, movie_id, lease_id, person.user_id)
            held = leases.current(db, movie_id)
        answer(resp, analysis_lock=_lock(held, owned=False))


def _lease_id(fields: Fields) -> str:
    lease_id = fields.text("analysis_lease_id")
    if not lease_id:
        raise Refused(NO_LEASE, 400)
    return lease_id


def _lock(held: Lease | None, *, owned: bool) -> dict[str, Any]:
    return {
        "active": held is not None,
        "owned": owned,
        "acquired_at": None if held is None else int(held.acquired_at),
        "started_by_user_name": None if held is None else held.user_name,
    }
