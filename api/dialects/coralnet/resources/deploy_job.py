"""A deploy job: how far it is, and what came out."""

import sqlalchemy as sa
from falcon import Request, Response

from api.dialects.coralnet.answers import answer, point_to
from api.dialects.coralnet.ids import read_id
from api.dialects.coralnet.paths import result_path
from api.dialects.coralnet.views import result_view, status_view
from api.dialects.coralnet.wire import DeployResult
from api.services import Services
from darkroom.errors import Gone, NotFound, NotReady
from storage.classify import results
from storage.coralnet import deploys
from storage.engine import read
from storage.jobs import Job

UNFINISHED = "This job isn't finished yet"


class Status:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, job: str) -> None:
        """Tell how far the job is; once it has ended, however it did, where its result is."""
        with read(self.services.engine) as db:
            found = deploys.get(db, read_id(job, deploys.MISSING), req.context.caller.user_id)
            if found.has_ended():
                point_to(resp, 303, result_path(found.id))
            else:
                answer(resp, status_view(found.id, results.counts(db, found)))

    on_head = on_get


class Result:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, job: str) -> None:
        """Send what was classified, image by image."""
        with read(self.services.engine) as db:
            found = deploys.get(db, read_id(job, deploys.MISSING), req.context.caller.user_id)
            if not found.has_ended():
                raise NotReady(UNFINISHED)
            answer(resp, self._view(db, found))

    on_head = on_get

    def _view(self, db: sa.Connection, job: Job) -> DeployResult:
        try:
            return result_view(results.each(self.services.blobs, db, job))
        except Gone as error:  # it expired between the look at it and now
            raise NotFound(deploys.MISSING) from error
