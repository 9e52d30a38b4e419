"""Deploys as this door's clients read them; pure."""

from collections.abc import Iterable

from api.dialects.coralnet.wire import (
    Classification,
    ClassifiedPoint,
    DeployResult,
    JobAttributes,
    JobResource,
    JobStatus,
    ResultAttributes,
    ResultImage,
)
from storage.classify.results import Counts, ImageResult, PointResult, Scored


def status_view(job_id: int, counts: Counts) -> JobStatus:
    """Return how far a job is that has not ended."""
    attributes = JobAttributes(
        successes=counts.classified,
        failures=counts.failed,
        total=counts.total,
        status="In Progress" if counts.is_started else "Pending",
    )
    return JobStatus([JobResource(str(job_id), attributes)])


def result_view(images: Iterable[ImageResult]) -> DeployResult:
    """Return the images in the order in which they come."""
    return DeployResult([_image(image) for image in images])


def _image(image: ImageResult) -> ResultImage:
    url = image.url or ""
    if image.error is not None:
        return ResultImage(url, ResultAttributes(url, errors=[image.error.message]))
    return ResultImage(url, ResultAttributes(url, points=[_point(point) for point in image.points]))


def _point(point: PointResult) -> ClassifiedPoint:
    return ClassifiedPoint(point.row, point.column, [_classification(scored) for scored in point.classes])


def _classification(scored: Scored) -> Classification:
    return Classification(scored.label_id, scored.name, scored.code, scored.score)
