"""What a part of a classify job has found: the document that workers write, and that results are read from."""

from msgspec import Struct

from storage.classify.labels import Called

FILE = "classified.json"


class Fault(Struct, frozen=True):
    """Why an image was not classified: a stable code, one sentence."""

    code: str
    message: str


INTERNAL = Fault("internal", "An internal error occurred; the job can be resubmitted.")


class Point(Struct, frozen=True):
    """A pixel, and the likeliest labels there: (label id, score), the likeliest first."""

    row: int
    column: int
    classes: list[tuple[int, float]]


class Entry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An image: its points, in the order in which they were asked for, or the fault for which it has none."""

    index: int
    name: str = ""
    url: str | None = None
    media: int | None = None
    frame: int | None = None
    seconds: float | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    points: list[Point] = []
    error: Fault | None = None


class Findings(Struct, frozen=True):
    """labels: as the model calls them."""

    labels: list[Called]
    images: list[Entry]
