"""What users may know of their own deploys."""

from falcon import Request, Response

from api.dialects.coralnet.answers import answer
from api.dialects.coralnet.wire import JobName, OwnDetails, OwnJobs, OwnLimits
from api.services import Services
from darkroom.errors import NotFound
from storage.coralnet import deploys
from storage.engine import read

OTHER = "You can only see details for the user you're logged in as"
RECENT_PER_ACTIVE = 2  # as many as may be active, so often


class User:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, name: str) -> None:
        caller = req.context.caller
        if name != caller.name:
            raise NotFound(OTHER)
        limit = self.services.settings.coralnet_active_jobs_limit
        with read(self.services.engine) as db:
            active = deploys.active(db, caller.user_id)
            recent = deploys.recent(db, caller.user_id, RECENT_PER_ACTIVE * limit)
        answer(resp, OwnDetails(OwnJobs(_names(active), _names(recent)), OwnLimits(limit)))

    on_head = on_get


def _names(ids: list[int]) -> list[JobName]:
    return [JobName(str(job_id)) for job_id in ids]
