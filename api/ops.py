"""What operators ask: is it alive, is it ready, how is it doing."""

from collections.abc import Callable

from falcon import Request, Response
from msgspec import Struct

from api import door
from api.bodies import write_json
from api.dialects.native.envelope import envelope
from api.faults import App
from api.memory import Memory
from api.metrics import render
from api.services import Services
from darkroom.errors import DarkroomError
from storage import metrics, schema
from storage.engine import read

PREFIXES = ("/healthz", "/readyz", "/metrics")
READY_SECONDS = 2.0  # the checks touch every service; probes may come more often than that
METRICS_SECONDS = 5.0  # the sums read every job
FINE = "ok"


class Readiness(Struct, frozen=True):
    """What each thing we lean on answers: `ok`, or what is wrong with it."""

    ready: bool
    checks: dict[str, str]


class Health:
    anonymous = True

    def on_get(self, req: Request, resp: Response) -> None:
        write_json(resp, {"status": FINE})


class Ready:
    anonymous = True

    def __init__(self, services: Services) -> None:
        self._services = services
        self._readiness = Memory(READY_SECONDS, self._check)

    def on_get(self, req: Request, resp: Response) -> None:
        readiness = self._readiness.get()
        write_json(resp, readiness, 200 if readiness.ready else 503)
        if not readiness.ready:
            resp.set_header("Retry-After", "5")

    def _check(self) -> Readiness:
        services = self._services
        checks = {
            "database": _answer(lambda: _check_database(services)),
            "store": _answer(services.blobs.check),
            "broker": _answer(services.bell.check),
        }
        return Readiness(all(answer == FINE for answer in checks.values()), checks)


class Metrics:
    anonymous = True
    speaks = ""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._text = Memory(METRICS_SECONDS, self._render)

    def on_get(self, req: Request, resp: Response) -> None:
        resp.content_type = "text/plain; version=0.0.4; charset=utf-8"
        resp.data = self._text.get()

    def _render(self) -> bytes:
        with read(self._services.engine) as db:
            figures = metrics.measure(db)
        return render(figures).encode()


def build(services: Services) -> App:
    """Return the app that answers operators; it asks for no token and shows nobody's data."""
    app = door.open_door(services, envelope, lambda req: None)
    app.add_route("/healthz", Health())
    app.add_route("/readyz", Ready(services))
    app.add_route("/metrics", Metrics(services))
    return app


def _answer(check: Callable[[], None]) -> str:
    try:
        check()
    except DarkroomError as error:
        return error.message if error.hint is None else f"{error.message}; {error.hint}"
    return FINE


def _check_database(services: Services) -> None:
    with read(services.engine) as db:
        current = schema.is_current(db)
    if not current:
        raise DarkroomError("the schema is not the newest", hint="run `darkroom migrate`")
