"""Draw a picture with its classified points, coloured by label, above a legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.classify.colours import colour_of, shape_of
from pipelines.stills.lettering import Weight, shortened, width_px, write

Canvas = NDArray[np.uint8]  # (h, w, 3) RGB
Ints = Sequence[int] | NDArray[np.integer[Any]]
_SIDES_PX = (1000, 2400)  # of the longer side: what is smaller is drawn larger, what is larger smaller
_DOUBTFUL = 0.5  # a likeliest label below this has a pale heart
_INK, _FAINT, _PAPER = (27, 42, 65), (90, 107, 127), (255, 255, 255)
_JPEG_QUALITY = 90
_RIM = (20, 20, 20)
_SHIFT, _FINE = 4, 16  # OpenCV takes places in sixteenths of a pixel
_LEGEND_TEXTS = 40  # its least width, in heights of its text: a narrow picture has white beside it
_COLUMN_TEXTS = 18  # the most that a label takes of it; longer names are cut


def draw_overlay(
    path: Path,
    pixels: NDArray[np.uint8],
    *,
    rows: Ints,
    columns: Ints,
    labels: Ints,
    codes: Sequence[str],
    scores: Sequence[float] | NDArray[np.floating[Any]],
) -> None:
    """Write a PNG or a JPEG, by the path's suffix; equal arguments give equal bytes.

    pixels: (h, w, 3) uint8 RGB. rows, columns, labels, scores: of each point; labels are indices into codes, which are
    all labels of the classifier, so that a label has the same colour in all of its pictures.
    """
    zoom = _zoom(pixels)
    picture = _resized(pixels, zoom)
    marks = np.stack([np.asarray(columns), np.asarray(rows)], axis=1).reshape(-1, 2)
    places = (marks + 0.5) * zoom - 0.5
    text_px = max(13, round(max(picture.shape[:2]) / 75))
    radius = _radius(picture, len(places))
    if _has_room(picture, places, text_px):
        _name_all(picture, places, [codes[int(label)] for label in labels], radius, text_px)
    for place, label, score in zip(places, labels, scores, strict=True):
        _mark(picture, place, int(label), radius, is_doubtful=score < _DOUBTFUL)
    legend = _Legend(max(picture.shape[1], _LEGEND_TEXTS * text_px), text_px)
    below = legend.draw(np.bincount(np.asarray(labels, int), minlength=len(codes)), codes, np.asarray(scores))
    _write(path, np.concatenate([_widened(picture, legend.width), below]))


def _zoom(pixels: NDArray[np.uint8]) -> float:
    longer = max(pixels.shape[:2])
    return float(min(max(longer, _SIDES_PX[0]), _SIDES_PX[1]) / longer)


def _resized(pixels: NDArray[np.uint8], zoom: float) -> Canvas:
    height, width = (max(1, round(side * zoom)) for side in pixels.shape[:2])
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    if zoom == 1:
        return pixels.copy()
    # Channel by channel: OpenCV copies what is not laid out as its own, and a large picture is held once.
    channels = [
        cv2.resize(channel, (width, height), interpolation=how) for channel in np.moveaxis(pixels, 2, 0)
    ]
    return np.stack(channels, axis=2).astype(np.uint8, copy=False)


def _widened(picture: Canvas, width: int) -> Canvas:
    """Return the picture with white on its right, up to a width."""
    missing = width - picture.shape[1]
    return np.pad(picture, ((0, 0), (0, missing), (0, 0)), constant_values=255) if missing else picture


def _radius(picture: Canvas, points: int) -> float:
    """Return the radius of a mark: smaller where points are many, never more than a hundredth of the side."""
    height, width = picture.shape[:2]
    spacing = (height * width / max(points, 1)) ** 0.5
    return float(min(max(0.13 * spacing, 3.0), max(height, width) / 110))


def _mark(
    picture: Canvas, place: NDArray[np.floating[Any]], label: int, radius: float, *, is_doubtful: bool
) -> None:
    """Draw a mark with a light and a dark rim, to be seen on any ground."""
    rim = max(1, round(radius * 0.18))
    outline = np.rint((shape_of(label) * radius + place) * _FINE).astype(np.int32)
    cv2.polylines(picture, [outline], True, _RIM, 4 * rim + 1, cv2.LINE_AA, _SHIFT)
    cv2.polylines(picture, [outline], True, _PAPER, 2 * rim + 1, cv2.LINE_AA, _SHIFT)
    cv2.fillPoly(picture, [outline], colour_of(label), cv2.LINE_AA, _SHIFT)
    if is_doubtful:
        heart = np.rint((shape_of(label) * radius * 0.5 + place) * _FINE).astype(np.int32)
        cv2.fillPoly(picture, [heart], _PAPER, cv2.LINE_AA, _SHIFT)


def _has_room(picture: Canvas, places: NDArray[np.floating[Any]], text_px: int) -> bool:
    """Tell whether names beside the points would be read, and not cover each other."""
    height, width = picture.shape[:2]
    return bool(len(places) * (6 * text_px) * (2 * text_px) < 0.25 * height * width)


def _name_all(
    picture: Canvas, places: NDArray[np.floating[Any]], codes: Sequence[str], radius: float, text_px: int
) -> None:
    """Write a code beside each point; not at all where it would hide a mark or another name."""
    reach = 1.5 * radius
    taken = [*np.concatenate([places - reach, places + reach], axis=1).tolist()]
    for place, code in zip(places, codes, strict=True):
        text = shortened(code, text_px, 6 * text_px, Weight.BOLD)
        for box in _beside(picture, place, width_px(text, text_px, Weight.BOLD), radius, text_px):
            if not any(_overlap(box, other) for other in taken):
                _name(picture, text, box, text_px)
                taken.append(box)
                break


_Box = tuple[int, int, int, int]  # left, top, right, bottom


def _beside(
    picture: Canvas, place: NDArray[np.floating[Any]], width: int, radius: float, text_px: int
) -> list[_Box]:
    """Return where a text of this width may stand, within the picture: right of a point, left, below, above."""
    x, y, gap = round(float(place[0])), round(float(place[1])), round(1.7 * radius)
    width, height = width + 7, round(1.25 * text_px)
    level = min(max(y - round(0.59 * text_px), 0), picture.shape[0] - height)
    middle = min(max(x - width // 2, 0), picture.shape[1] - width)
    corners = [(x + gap, level), (x - gap - width, level), (middle, y + gap), (middle, y - gap - height)]
    boxes = [(left, top, left + width, top + height) for left, top in corners]
    return [
        box for box in boxes if min(box) >= 0 and box[2] <= picture.shape[1] and box[3] <= picture.shape[0]
    ]


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _name(picture: Canvas, text: str, box: _Box, text_px: int) -> None:
    """Write on a dark ground, under which the picture can still be seen."""
    left, top, right, bottom = box
    ground = picture[top:bottom, left:right]
    ground[...] = (ground * 0.35).astype(np.uint8)
    base = bottom - round(0.3 * text_px)
    write(picture, text, (left + 3, base), size_px=text_px, colour=_PAPER, weight=Weight.BOLD)


@dataclass(frozen=True, slots=True)
class _Legend:
    """Below the picture, so that it hides nothing of it."""

    width: int
    text_px: int

    def draw(
        self, counts: NDArray[np.intp], codes: Sequence[str], scores: NDArray[np.floating[Any]]
    ) -> Canvas:
        """Return the strip: a line that sums up, then the labels that were found, the most frequent first."""
        total, line = int(counts.sum()), round(1.9 * self.text_px)
        order = [int(index) for index in np.argsort(-counts, kind="stable") if counts[index]]
        texts = [
            (" ".join(codes[index].split()), f"{counts[index]:,} ({_percent(counts[index] / total)})")
            for index in order
        ]
        column = self._column(texts)
        across = max(1, (self.width - self.text_px) // column)
        down = -(-len(texts) // across)
        top = round(2.6 * self.text_px)
        strip = np.full((top + down * line + self.text_px // 2, self.width, 3), 255, np.uint8)
        self._sum_up(strip, total, len(order), scores)
        for place, (index, (name, count)) in enumerate(zip(order, texts, strict=True)):
            x, y = self.text_px + place // down * column, top + place % down * line
            _mark(strip, np.array([x, y + 0.5 * self.text_px]), index, 0.4 * self.text_px, is_doubtful=False)
            x, base = x + self.text_px, y + round(0.86 * self.text_px)
            room = column - 3 * self.text_px - self._wide(count)
            fitting = shortened(name, self.text_px, room)
            write(strip, fitting, (x, base), size_px=self.text_px, colour=_INK)
            beside = (x + self._wide(fitting) + self.text_px // 2, base)
            write(strip, count, beside, size_px=self.text_px, colour=_FAINT)
        return strip

    def _column(self, texts: list[tuple[str, str]]) -> int:
        longest = max((self._wide(name) + self._wide(count) for name, count in texts), default=0)
        return min(longest + 4 * self.text_px, _COLUMN_TEXTS * self.text_px)

    def _wide(self, text: str) -> int:
        return width_px(text, self.text_px)

    def _sum_up(self, strip: Canvas, total: int, labels: int, scores: NDArray[np.floating[Any]]) -> None:
        sure = f" · mean score {scores.mean():.2f}" if total else ""
        doubtful = int((scores < _DOUBTFUL).sum())
        note = f" · {doubtful:,} below {_DOUBTFUL}, pale in the middle" if doubtful else ""
        text = f"{_counted(total, 'point')}, {_counted(labels, 'label')}{sure}{note}"
        fitting = shortened(text, self.text_px, self.width - self.text_px)
        write(
            strip,
            fitting,
            (self.text_px // 2, round(1.6 * self.text_px)),
            size_px=self.text_px,
            colour=_FAINT,
        )


def _percent(share: float) -> str:
    return "<1%" if share < 0.01 else f"{share:.0%}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _write(path: Path, picture: Canvas) -> None:
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if path.suffix in {".jpg", ".jpeg"} else []
    is_written, content = cv2.imencode(path.suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    if not is_written:
        raise OSError(f"OpenCV could not write {path.name}")
    path.write_bytes(content.tobytes())
