"""Frames as a moving picture that any browser and mail program shows: GIF or animated WebP, forever."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from pipelines.errors import BadInput
from pipelines.stills.image import to_pillow
from pipelines.stills.region import Bgr
from pipelines.stills.selection import duration_seconds
from pipelines.stills.tray import WINDOW_BYTES, Tray
from pipelines.video.index import Index

GIF_FPS_LIMIT = 50.0  # browsers slow a picture of less than 20 ms down to 100 ms
GAP_SECONDS = 1.0  # scattered frames, in the movie's own time: nobody waits minutes for the next one
SAMPLES = 16  # frames that the palette is made of
SAMPLE_PIXELS = 1 << 14  # of each of them
COLOURS = 255  # and one for what stays as it was
WEBP_METHOD = 2  # 0 to 6; 4 takes twice as long for a tenth less bytes


class _Reel:
    """Pictures that Pillow takes one by one, as from an opened file; a list of them it would hold as a whole."""

    mode = "RGB"

    def __init__(self, pictures: Iterator[Image.Image], n_frames: int) -> None:
        self.n_frames = n_frames
        self._pictures = pictures
        self._current: Image.Image | None = None

    def seek(self, frame: int) -> None:
        """Go on to the next: Pillow asks for one after the other."""
        self._current = next(self._pictures)

    def getim(self) -> Any:
        """Give the pixels as Pillow's encoders take them."""
        return None if self._current is None else self._current.getim()


def durations_ms(index: Index, numbers: Sequence[int], fps: float | None, step_ms: int) -> list[int]:
    """Give how long each picture stays: equally long, or until the movie comes to the next frame.

    Multiples of `step_ms`, at least one, whose rounding does not add up. Frames that are out of order stay as
    long as in the movie; a gap between frames counts for GAP_SECONDS at most.
    """
    seconds = [1 / fps] * len(numbers) if fps else _own_seconds(index, numbers)
    ends = np.round(np.cumsum(seconds) * 1000 / step_ms).astype(int)
    steps = np.maximum(np.diff(ends, prepend=0), 1)
    return [int(step) * step_ms for step in steps]


def check_gif_fps(fps: float | None) -> None:
    """Raise BadInput (bad_fps) for more pictures a second than a GIF is shown with."""
    if fps is not None and fps > GIF_FPS_LIMIT:
        raise BadInput(f"a gif shows at most {GIF_FPS_LIMIT:g} frames a second, not {fps:g}", code="bad_fps")


def write_gif(tray: Tray, path: Path, durations: Sequence[int]) -> None:
    """Leave a GIF of one palette, without dither: that is what makes it quick and keeps it small.

    Pillow holds a byte for each pixel of all frames.
    """
    cells, samples = _sampled(tray)
    palette = _palette(samples)
    pictures = (to_pillow(cell).quantize(palette=palette, dither=Image.Dither.NONE) for cell in cells)
    first = next(pictures)
    first.save(
        path, "GIF", save_all=True, append_images=pictures, duration=list(durations), loop=0, optimize=False
    )


def write_webp(tray: Tray, path: Path, durations: Sequence[int], quality: int) -> None:
    """Leave an animated WebP; frames are encoded as they come, and only their bytes are held."""
    pictures = (to_pillow(cell) for cell in tray.in_order())
    first = next(pictures)
    first.save(
        path,
        "WEBP",
        save_all=True,
        append_images=[_Reel(pictures, len(tray) - 1)],
        duration=list(durations),
        loop=0,
        quality=quality,
        method=WEBP_METHOD,
    )


def _own_seconds(index: Index, numbers: Sequence[int]) -> list[float]:
    end = duration_seconds(index)
    starts = [index.seconds(number) for number in numbers]
    own = [
        (index.seconds(number + 1) if number + 1 < index.frames else end) - start
        for number, start in zip(numbers, starts, strict=True)
    ]
    gaps = [following - start for start, following in pairwise(starts)] + [0.0]
    return [max(stay, min(gap, GAP_SECONDS)) for stay, gap in zip(own, gaps, strict=True)]


def _sampled(tray: Tray) -> tuple[Iterator[Bgr], list[Bgr]]:
    """Give all pictures, and some of them for the palette: from memory where they fit, else decoded apart."""
    if tray.pixels * 3 <= WINDOW_BYTES:
        cells = list(tray.in_order())
        return iter(cells), cells[:: -(-len(cells) // SAMPLES)]
    places = range(0, len(tray), -(-len(tray) // SAMPLES))
    samples = [_reduced(cell) for _, cell in sorted(tray.cells(places), key=lambda placed: placed[0])]
    return tray.in_order(), samples


def _palette(samples: Iterable[Bgr]) -> Image.Image:
    """Give a palette; where none of the samples could be decoded, one of evenly spread colours."""
    rows = [_reduced(sample).reshape(1, -1, 3) for sample in samples] or [_all_colours()]
    return to_pillow(np.concatenate(rows, axis=1)).quantize(COLOURS, method=Image.Quantize.FASTOCTREE)


def _all_colours() -> Bgr:
    levels = np.linspace(0, 255, 6).astype(np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)


def _reduced(sample: Bgr) -> Bgr:
    height, width = sample.shape[:2]
    factor = min(1.0, (SAMPLE_PIXELS / (width * height)) ** 0.5)
    size = (max(1, int(width * factor)), max(1, int(height * factor)))
    return np.asarray(cv2.resize(sample, size, interpolation=cv2.INTER_NEAREST), np.uint8)
