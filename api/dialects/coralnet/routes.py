"""Every path of the CoralNet door, in one list; each also with a slash at its end."""

from api.dialects.coralnet.resources.deploy import Deploy
from api.dialects.coralnet.resources.deploy_job import Result, Status
from api.dialects.coralnet.resources.login import Login
from api.dialects.coralnet.resources.user import User
from api.services import Services
from api.typed import Resource


def routes(services: Services) -> list[tuple[str, Resource]]:
    """Return path and resource. Ids are read by the resources: even what no id can be needs a token first."""
    return [
        ("/api/token_auth", Login(services)),
        ("/api/classifier/{classifier}/deploy", Deploy(services)),
        ("/api/deploy_job/{job}/status", Status(services)),
        ("/api/deploy_job/{job}/result", Result(services)),
        ("/api/user/{name}", User(services)),
    ]
