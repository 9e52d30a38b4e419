"""A classifier deployed on images: one classify job, to be polled."""

from falcon import Request, Response

from api.dialects.coralnet import deploy_form
from api.dialects.coralnet.answers import point_to
from api.dialects.coralnet.body import read_body
from api.dialects.coralnet.ids import read_id
from api.dialects.coralnet.order import order_of, relocated
from api.dialects.coralnet.paths import status_path
from api.services import Services
from darkroom.errors import Invalid
from storage.classify import absorbing, classifiers
from storage.coralnet import deploys
from storage.engine import read, write
from storage.jobs import Job
from storage.users import Caller
from workers import enqueue
from workers.enqueue import Order


class Deploy:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._limits = deploy_form.limits_of(services.settings)
        self._active_limit = services.settings.coralnet_active_jobs_limit

    def on_post(self, req: Request, resp: Response, classifier: str) -> None:
        """Accept the deploy. What is wrong with the body is told only of a classifier that may be used."""
        caller: Caller = req.context.caller
        with read(self.services.engine) as db:
            deploys.check_room(db, caller.user_id, self._active_limit)
        body = read_body(req, self.services.settings)
        classifier_id = read_id(classifier, classifiers.NO_CLASSIFIER)
        self._check_usable(classifier_id, caller.user_id)
        images = deploy_form.read_deploy(body, self._limits)
        job = self._write_down(order_of(classifier_id, images, caller.user_id))
        point_to(resp, 202, status_path(job.id))

    def _check_usable(self, classifier_id: int, user: int) -> None:
        """Raise NotFound, NotReady or Conflict for a classifier that cannot be deployed."""
        # Its training may have ended without anybody having looked since.
        absorbing.absorb_classifier(self.services.engine, self.services.blobs, classifier_id)
        with read(self.services.engine) as db:
            classifiers.usable(db, classifier_id, user)

    def _write_down(self, order: Order) -> Job:
        """Write the job down while there is room for it; what was seen of that before may be over."""
        services = self.services
        try:
            with write(services.engine) as db:
                deploys.hold_room(db, order.owner, self._active_limit)
                job = enqueue.write_down(db, services.bell, services.settings, order).job
        except Invalid as error:
            raise relocated(error) from error
        services.bell.ring(job.queue)
        return job
