"""Every path of the Plant Tracer door, in one list."""

from api.dialects.planttracer.letters import Letters
from api.dialects.planttracer.movie_routes import movie_routes
from api.dialects.planttracer.resources.default_course import DefaultCourse
from api.dialects.planttracer.resources.house import ConfigCheck, Version
from api.dialects.planttracer.resources.leases import AcquireLease, HeartbeatLease, ReleaseLease
from api.dialects.planttracer.resources.login import Login
from api.dialects.planttracer.resources.logs import GetLog, GetLogs
from api.dialects.planttracer.resources.people import CheckKey, ListUsers
from api.dialects.planttracer.resources.registration import BulkRegister, Register, ResendLink
from api.dialects.planttracer.resources.set_metadata import SetMetadata
from api.services import Services
from api.typed import Resource

Routes = list[tuple[str, Resource]]


def routes(services: Services) -> Routes:
    """Return path and resource."""
    return [*_house(services), *_people(services), *movie_routes(services)]


def _house(services: Services) -> Routes:
    return [
        ("/api/ver", Version(services)),
        ("/api/config-check", ConfigCheck(services)),
    ]


def _people(services: Services) -> Routes:
    letters = Letters(services)
    return [
        ("/login", Login(services)),
        ("/api/register", Register(services, letters)),
        ("/api/resend-link", ResendLink(services, letters)),
        ("/api/bulk-register", BulkRegister(services, letters)),
        ("/api/check-api_key", CheckKey(services)),
        ("/api/list-users", ListUsers(services)),
        ("/api/list-users-courses", ListUsers(services)),
        ("/api/set-metadata", SetMetadata(services)),
        ("/api/default-course", DefaultCourse(services)),
        ("/api/acquire-movie-analysis-lease", AcquireLease(services)),
        ("/api/heartbeat-movie-analysis-lease", HeartbeatLease(services)),
        ("/api/release-movie-analysis-lease", ReleaseLease(services)),
        ("/api/get-logs", GetLogs(services)),
        ("/api/get-log", GetLog(services)),
    ]
