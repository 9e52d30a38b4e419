"""A classifier deployed on images: one classify job, to be polled."""

from falcon import Request, Response

from api.dialects.coralnet import deploy_form
from api.dialects.coralnet.body import read_body
from api.dialects.coralnet.envelope import point_to
from api.dialects.coralnet.ids import read_id
from api.dialects.coralnet.order import order_of, relocated
from api.dialects.coralnet.paths import status_path
from api.services import Services
from darkroom.errors import Invalid
from storage.classify import absorbing, classifiers
from storage.coralnet import deploys
from storage.engine import read, write
from storage.users import Caller
from workers import enqueue


class Deploy:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._limits = deploy_form.limits_of(services.settings)

    def on_post(self, req: Request, resp: Response, classifier: str) -> None:
        """Accept the deploy. What is wrong with the body is told only of a classifier that may be used."""
        caller: Caller = req.context.caller
        services, settings = self.services, self.services.settings
        with read(services.engine) as db:
            deploys.check_room(db, caller.user_id, settings.coralnet_active_jobs_limit)
        body = read_body(req, settings)
        classifier_id = read_id(classifier, classifiers.NO_CLASSIFIER)
        absorbing.absorb_classifier(services.engine, services.blobs, classifier_id)
        with read(services.engine) as db:
            classifiers.usable(db, classifier_id, caller.user_id)
        images = deploy_form.read_deploy(body, self._limits)
        order = order_of(classifier_id, images, caller.user_id)
        try:
            with write(services.engine) as db:
                deploys.hold_room(db, caller.user_id, settings.coralnet_active_jobs_limit)
                job = enqueue.write_down(db, services.bell, settings, order).job
        except Invalid as error:
            raise relocated(error) from error
        services.bell.ring(job.queue)
        point_to(resp, 202, status_path(job.id))
