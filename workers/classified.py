"""What is at the points of one picture: classified, drawn, and told of."""

from pathlib import Path

from pipelines.classify.classifier import Classifier
from pipelines.classify.features import Tick
from pipelines.classify.grid import grid_points
from pipelines.classify.overlay import draw_overlay
from pipelines.errors import BadInput
from storage.classify.findings import Entry, Fault, Point
from workers.pictures import Asked, Seen


def classify(seen: Seen, classifier: Classifier, top: int, tick: Tick) -> list[Point]:
    """Return what is at the points of a picture. Raises BadInput: point_outside, bad_grid, and what is wrong with it."""
    if seen.pixels is None or seen.wrong is not None:
        raise AssertionError("only what was read can be classified")
    height, width = seen.pixels.shape[:2]
    rows, columns = _places(seen.asked, width, height)
    found = classifier.classify(seen.pixels, rows, columns, top=top, tick=tick)
    return [Point(row, column, classes) for row, column, classes in zip(rows, columns, found, strict=True)]


def overlay_name(index: int) -> str:
    """Return what the picture of this index with its points drawn is called."""
    return f"overlay-{index}.jpg"


def draw(seen: Seen, points: list[Point], classifier: Classifier, path: Path) -> None:
    """Draw the points into the picture, each in the colour of its likeliest label."""
    if seen.pixels is None:
        raise AssertionError("only what was read can be drawn into")
    place_by_label = {label.id: place for place, label in enumerate(classifier.labels)}
    draw_overlay(
        path,
        seen.pixels,
        rows=[point.row for point in points],
        columns=[point.column for point in points],
        labels=[place_by_label[point.classes[0][0]] for point in points],
        codes=[label.code for label in classifier.labels],
        scores=[point.classes[0][1] for point in points],
    )


def entry(seen: Seen, points: list[Point], wrong: Fault | None) -> Entry:
    """Return how a picture is told of."""
    asked = seen.asked
    size = None if seen.pixels is None else seen.pixels.shape
    return Entry(
        index=asked.index,
        name=asked.name,
        url=asked.url,
        media=asked.media,
        frame=asked.frame,
        seconds=asked.seconds,
        sha256=seen.sha256 or None,
        width=None if size is None else size[1],
        height=None if size is None else size[0],
        points=points,
        error=wrong,
    )


def _places(asked: Asked, width: int, height: int) -> tuple[list[int], list[int]]:
    if asked.points is not None:
        return [place.row for place in asked.points], [place.column for place in asked.points]
    if asked.grid is None:
        raise BadInput("there are no points", code="no_points")
    grid = asked.grid
    rows, columns = grid_points(width, height, grid.rows, grid.columns, grid.method, grid.seed)
    return rows.tolist(), columns.tolist()
