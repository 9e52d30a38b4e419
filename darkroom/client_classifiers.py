"""The client's verbs of classifiers: look, wait until one is trained, have it classify, collect."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from darkroom.client_answers import Classifier, Job, Media, Source
from darkroom.client_errors import NotMade
from darkroom.client_files import tell_nobody, write_whole
from darkroom.client_pages import pages, read_answer
from darkroom.client_transport import Transport, retry_after

CHUNK_BYTES = 1 << 18
POLL_SECONDS = 20.0  # of one long poll; servers allow 30
EARLY_SECONDS = 1.0  # an answer that comes sooner did not wait: the server has no room for waiters

Submit = Callable[[str, dict[str, int], dict[str, Any]], Job]
Clock = Callable[[], float]
Sleep = Callable[[float], None]


class Classifiers:
    """`client.classifiers`: every verb takes a classifier or its id, and may raise ClientError."""

    def __init__(self, transport: Transport, submit: Submit, clock: Clock, sleep: Sleep) -> None:
        self._transport = transport
        self._submit = submit
        self._clock = clock
        self._sleep = sleep

    def find(self, source: Source | int | None = None) -> Iterator[Classifier]:
        """Give the classifiers that one may use, of a source if one is given, newest first."""
        source_id = source.id if isinstance(source, Source) else source
        path = "/v1/classifiers" if source_id is None else f"/v1/sources/{source_id}/classifiers"
        return pages(self._transport, path, "classifiers", Classifier)

    def get(self, classifier: Classifier | int) -> Classifier:
        return read_answer(self._transport.call("GET", _path(classifier)), Classifier)

    def wait(self, classifier: Classifier | int) -> Classifier:
        """Return a classifier once it is ready, however long that takes. Raises NotMade when it failed."""
        found = self.get(classifier)
        while found.state == "training":
            asked_at = self._clock()
            response = self._transport.call(
                "GET", _path(found), query={"wait": POLL_SECONDS}, wait_seconds=POLL_SECONDS
            )
            found = read_answer(response, Classifier)
            if found.state == "training" and self._clock() - asked_at < EARLY_SECONDS:
                self._sleep(retry_after(response) or EARLY_SECONDS)
        if found.state != "ready":
            reason = found.failure.message if found.failure else f"it is {found.state}"
            raise NotMade(f"classifier {found.id} was not made: {reason}")
        return found

    def evaluation(self, classifier: Classifier | int) -> dict[str, Any]:
        """Return how it did on images that it had not seen: accuracy, figures per label, the confusion matrix."""
        return read_answer(self._transport.call("GET", f"{_path(classifier)}/evaluation"), dict[str, Any])

    def save_model(self, classifier: Classifier | int, path: str | Path) -> Path:
        """Write the model, one ONNX file, checked by its digest."""
        found = self.get(classifier)
        path = Path(path)
        link = self._transport.call("GET", f"{_path(found)}/model").headers["Location"]
        response = self._transport.open(link)
        try:
            write_whole(path, response.iter_bytes(CHUNK_BYTES), found.sha256 or "", 0, tell_nobody)
        finally:
            response.close()
        return path

    def classify(
        self,
        classifier: Classifier | int,
        images: Sequence[Media | int | str],
        *,
        points: Sequence[tuple[int, int]] | None = None,
        grid: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Job:
        """Order the points of images to be named, and return the job.

        images: media, or URLs. points: (row, column) in stored pixels, the same on each; or grid:
        `{"rows": 10, "columns": 10, "method": "uniform"}`. more: `top`, `overlay`, as the kind `classify` takes them.
        """
        where: dict[str, Any] = {} if grid is None else {"grid": dict(grid)}
        if points is not None:
            where["points"] = [{"row": row, "column": column} for row, column in points]
        params = {
            "classifier": classifier if isinstance(classifier, int) else classifier.id,
            "images": [{**_image(image), **where} for image in images],
            **more,
        }
        return self._submit("classify", {}, params)

    def classifications(self, job: Job | int) -> dict[str, Any]:
        """Return what was found at each point, so far if the job still runs."""
        return read_answer(self._transport.call("GET", _found(job)), dict[str, Any])

    def classifications_csv(self, job: Job | int) -> str:
        """Return what was found, one line per point."""
        response: httpx.Response = self._transport.call("GET", _found(job), query={"format": "csv"})
        return response.text


def _path(classifier: Classifier | int) -> str:
    return f"/v1/classifiers/{classifier if isinstance(classifier, int) else classifier.id}"


def _found(job: Job | int) -> str:
    return f"/v1/jobs/{job if isinstance(job, int) else job.id}/classifications"


def _image(image: Media | int | str) -> dict[str, Any]:
    """Return an image as it is ordered: a medium is called what it was called when it was uploaded."""
    if isinstance(image, str):
        return {"url": image}
    return {"media": image} if isinstance(image, int) else {"media": image.id, "name": image.name}
