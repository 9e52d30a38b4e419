"""What the client asks of the house itself: which version it is, and whether it is in order."""

import sys

from falcon import Request, Response

import darkroom
from api.bodies import write_json
from api.services import Services
from darkroom.errors import DarkroomError
from storage import schema
from storage.engine import read

UNAVAILABLE = "unavailable"  # the wire's word where there is no commit to tell of


class Version:
    anonymous = True
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        write_json(
            resp,
            {"__version__": darkroom.__version__, "sys_version": sys.version, "git_commit": UNAVAILABLE},
        )

    on_get = on_post


class ConfigCheck:
    """Database and store, under the names of what stands behind the original."""

    anonymous = True
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        database, store = self._database(), self._store()
        write_json(
            resp,
            {
                "dynamodb_ok": not database,
                "dynamodb_message": database,
                # The store takes what pages post when it is there at all: it is prepared for that at every start.
                "cors_ok": not store,
                "cors_message": store,
                "bucket_region_ok": True,
                "bucket_region_message": "",
            },
        )

    on_get = on_post

    def _database(self) -> str:
        try:
            with read(self.services.engine) as db:
                return "" if schema.is_current(db) else "the schema is not the newest"
        except DarkroomError as error:
            return error.message

    def _store(self) -> str:
        try:
            self.services.blobs.check()
        except DarkroomError as error:
            return error.message
        return ""
