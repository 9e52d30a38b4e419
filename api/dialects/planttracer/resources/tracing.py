"""Traces: ordered here, and all that can go wrong is said at once, for the client hears of nothing later."""

from typing import Literal, TypeVar

import msgspec
from falcon import Request, Response
from msgspec import Struct

from api.bodies import decode, has_body, read_bytes
from api.dialects.planttracer.answers import Refused, answer
from api.dialects.planttracer.credential import key_of
from api.dialects.planttracer.crossing import Crossing, let_cross
from api.dialects.planttracer.movie_views import status_of
from api.dialects.planttracer.reach import editable, means_of, person_with
from api.services import Services
from storage.planttracer import tracing
from storage.planttracer.people import DEMO_KEY, Person
from storage.planttracer.tracing import Wanted

NO_KEY, NO_BODY = "x-api-key header must be provided", "Request body must be provided"
NO_MOVIE = "movie_id must be provided"
KEY_HEADER = "x-api-key"

T = TypeVar("T", bound=Struct)


class TraceOrder(Struct, frozen=True):
    """The body of a request. mode: ours; without it, as the operator has set it."""

    movie_id: str | None = None
    frame_start: int = 0
    frame_end: int | None = None
    mode: Literal["baseline", "precise"] | None = None


class UploadNotice(Struct, frozen=True):
    movie_id: str | None = None


class TraceMovie(Crossing):
    anonymous = True  # the key comes in a header
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Order a trace from the markers of one frame on. Asked twice, it is one trace."""
        let_cross(resp)
        person = _person(self.services, req)
        order = _body(self.services, req, TraceOrder)
        if not order.movie_id:
            raise Refused(NO_MOVIE, 400)
        movie = editable(self.services, person, order.movie_id).movie
        mode = order.mode or self.services.settings.planttracer_mode
        wanted = Wanted(order.frame_start, order.frame_end, mode)
        movie = tracing.order(means_of(self.services), movie, wanted, person.user_id)
        ends = {} if order.frame_end is None else {"frame_end": order.frame_end}
        told = {"movie_id": movie.movie_id, "frame_start": order.frame_start, **ends}
        answer(resp, message={**told, "job_id": str(movie.trace_job)})


class ProcessUpload(Crossing):
    anonymous = True
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Hear that an upload is over, and look for it."""
        let_cross(resp)
        person = _person(self.services, req)
        notice = _body(self.services, req, UploadNotice)
        if not notice.movie_id:
            raise Refused(NO_MOVIE, 400)
        movie = editable(self.services, person, notice.movie_id).movie
        answer(resp, movie_id=movie.movie_id, status=status_of(movie))


def _person(services: Services, req: Request) -> Person:
    if services.settings.planttracer_demo:
        return person_with(services, DEMO_KEY)
    key = req.get_header(KEY_HEADER) or key_of(req, services)
    if not key:
        raise Refused(NO_KEY, 401)
    return person_with(services, key)


def _body(services: Services, req: Request, shape: type[T]) -> T:
    """Return the JSON body, whatever type it says it has. Raises Refused, Invalid."""
    if not has_body(req):
        raise Refused(NO_BODY, 400)
    settings = services.settings
    raw = decode(read_bytes(req, settings.body_limit_bytes), settings.json_depth_limit)
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        raise Refused(str(error), 400) from error
