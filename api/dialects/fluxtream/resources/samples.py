"""Samples come in: taken whole or not at all, and told of once they can be read."""

from typing import Any

from falcon import Request, Response

from api import samples
from api.dialects.fluxtream.answers import answer, answer_refused, envelope
from api.dialects.fluxtream.manner import Manner
from api.dialects.fluxtream.reach import caller_of
from api.dialects.fluxtream.sample_form import Sent, read_blocks, read_form
from api.dialects.fluxtream.sample_views import upload_view
from api.samples import Taken
from api.services import Services
from darkroom.errors import Invalid
from darkroom.jobs import JobState

DONE = "Upload successful!"
PENDING = "Upload taken; it is still being published"
FAILED = "Upload failed!"
OURS = {
    "internal",
    "out_of_memory",
    "disk_full",
    "unavailable",
    "signal",
    "lease_lost",
}  # codes of failures that are


class Upload:
    speaks = ""

    def __init__(self, services: Services, manner: Manner) -> None:
        self.services = services
        self._manner = manner

    def on_post(self, req: Request, resp: Response) -> None:
        try:
            self._take(resp, caller_of(req).user_id, self._read(req))
        except Invalid as error:
            answer_refused(resp, self._manner, error.message)

    def _read(self, req: Request) -> Sent:
        return read_form(req, self.services.settings.samples_form_limit_bytes)

    def _take(self, resp: Response, owner: int, sent: Sent) -> None:
        taken = samples.take(
            self.services, owner, sent.device, sent.form, sent.body, dialect="fluxtream", size=sent.size
        )
        if taken.is_published():
            self._answer(resp, DONE, upload_view(taken.upload), 200)
        elif taken.job.has_ended():
            self._refuse(resp, taken)
        else:
            view = {"channel_specs": None, "logrec_id": taken.upload.id, "job": taken.job.id}
            self._answer(resp, PENDING, view, 202)

    def _answer(self, resp: Response, message: str, view: dict[str, Any], status: int) -> None:
        """Answer with all that any server of these clients ever answered: the seed's members, and the envelope's."""
        if self._manner.is_legacy:
            # Texts, because the envelope's clients got them as such.
            payload = {"successful_records": "1", "failed_records": "0"} if status == 200 else None
            view = view | envelope("OK", message, payload)
        answer(resp, view, status)

    def _refuse(self, resp: Response, taken: Taken) -> None:
        failure = taken.job.read_failure()
        if taken.job.state is JobState.FAILED and failure is not None and failure.code not in OURS:
            answer_refused(resp, self._manner, failure.message)
        else:
            answer_refused(resp, self._manner, FAILED, 500)


class JsonUpload(Upload):
    """The same for JSON blocks in the body, which go to the store as they come."""

    def _read(self, req: Request) -> Sent:
        return read_blocks(req)
