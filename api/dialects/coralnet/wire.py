"""The shapes of this door's wire, one Struct each."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

MEDIA_TYPE = "application/vnd.api+json"

Index = Annotated[int, Meta(ge=0)]


class Credentials(Struct, frozen=True):
    """Name and password of a user."""

    username: str
    password: str


class Token(Struct, frozen=True):
    """What is sent back in the header `Authorization: Token …`."""

    token: str


class Place(Struct, frozen=True):
    """A pixel: row from the top, column from the left, from 0."""

    row: Index
    column: Index


class WantedAttributes(Struct, frozen=True):
    """An image by its URL, and the points to be named on it."""

    url: str
    points: Annotated[list[Place], Meta(min_length=1)]


class WantedImage(Struct, frozen=True, tag_field="type", tag="image"):
    """A resource of the type `image`."""

    attributes: WantedAttributes


class Deploy(Struct, frozen=True):
    """The images of one deploy job."""

    data: Annotated[list[WantedImage], Meta(min_length=1)]


class JobAttributes(Struct, frozen=True):
    """How far a job is, in images."""

    successes: int
    failures: int
    total: int
    status: Literal["Pending", "In Progress"]


class JobResource(Struct, frozen=True, tag_field="type", tag="job"):
    """A resource of the type `job`."""

    id: str
    attributes: JobAttributes


class JobStatus(Struct, frozen=True):
    """The one job that was asked for."""

    data: list[JobResource]


class Classification(Struct, frozen=True):
    """One suggestion. label_id: a number, as the example of the documentation has it; its list of fields says text."""

    label_id: int
    label_name: str
    label_code: str
    score: float


class ClassifiedPoint(Struct, frozen=True):
    """A point as it was asked for, and up to five suggestions, the best first."""

    row: int
    column: int
    classifications: list[Classification]


class ResultAttributes(Struct, frozen=True, omit_defaults=True):
    """An image that was classified has points, one that was not has errors. `status` is never here: clients look for it."""

    url: str
    points: list[ClassifiedPoint] | UnsetType = UNSET
    errors: list[str] | UnsetType = UNSET


class ResultImage(Struct, frozen=True, tag_field="type", tag="image"):
    """A resource of the type `image`, whose id is its URL."""

    id: str
    attributes: ResultAttributes


class DeployResult(Struct, frozen=True):
    """The images of a job, in the order in which they were asked for."""

    data: list[ResultImage]


class JobName(Struct, frozen=True, tag_field="type", tag="jobs"):
    """A job by its number."""

    id: str


class OwnJobs(Struct, frozen=True):
    """Jobs that have not ended, the oldest first; and those that have, the last first."""

    active_jobs: list[JobName]
    recently_completed_jobs: list[JobName]


class OwnLimits(Struct, frozen=True):
    max_active_jobs: int


class OwnDetails(Struct, frozen=True):
    """What a user may know of their own account."""

    data: OwnJobs
    meta: OwnLimits


class Source(Struct, frozen=True):
    """Where in the body: a JSON pointer, `/` for all of it."""

    pointer: str


class Error(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong."""

    detail: str
    source: Source | UnsetType = UNSET


class Errors(Struct, frozen=True):
    """A refusal."""

    errors: list[Error]
