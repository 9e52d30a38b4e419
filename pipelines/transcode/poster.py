"""One picture that stands for a movie."""

from pathlib import Path

from pipelines.stills import thumbnail

QUALITY = 85
WIDTH_LIMIT = 1920  # a poster is seen before the movie is loaded: more would hold up what it announces


def write_poster(movie: Path, width: int, path: Path) -> None:
    """Write a JPEG of the most telling keyframe of a finished rung: upright, SDR, of square pixels."""
    made = thumbnail(movie, path.parent, width=min(width, WIDTH_LIMIT), quality=QUALITY)
    (path.parent / made.files[0][0]).replace(path)
