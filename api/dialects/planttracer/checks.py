"""What a person says of a movie, checked in the client's own words; pure."""

import math
import re

from api.dialects.planttracer.answers import Refused
from darkroom.errors import Invalid
from storage.planttracer.movies import Movie

NO_DIGEST = "Movie SHA256 not provided or is invalid. Uploaded failed."
FPM_LIMIT = 6000
FPM_CHARACTERS = 32  # what the signed form has room for
TITLE_LIMIT, DESCRIPTION_LIMIT, NAME_LIMIT = 1000, 10_000, 256  # characters
DIGEST = re.compile(r"[0-9a-fA-F]{64}")
ANSWERS = {"1": 1, "0": 0}


def checked_digest(text: str) -> str:
    """Return a sha256 in lower case. Raises Refused."""
    if not DIGEST.fullmatch(text):
        raise Refused(NO_DIGEST)
    return text.lower()


def checked_length(text: str | None, number: int | None, limit: int) -> int | None:
    """Return the announced size in bytes; older clients announce none. Raises Refused."""
    if text is None:
        return None
    if number is None or not 1 <= number <= limit:
        raise Refused(f"Movie byte length must be between 1 and {limit}.")
    return number


def checked_fpm(text: str | None) -> str:
    """Return frames per minute as they were typed. Raises Invalid."""
    typed = (text or "").strip()
    if not typed:
        raise _bad_fpm("is required")
    try:
        value = float(typed)
    except ValueError as error:
        raise _bad_fpm("must be a number") from error
    # Python reads 1_0 and the digits of any script; the client's pages, and what reads them, do not.
    if math.isnan(value) or len(typed) > FPM_CHARACTERS or "_" in typed or not typed.isascii():
        raise _bad_fpm("must be a number")
    if value <= 0:
        raise _bad_fpm("must be greater than 0")
    if value > FPM_LIMIT:
        raise _bad_fpm(f"must be <= {FPM_LIMIT}")
    return typed


def checked_text(name: str, text: str, limit: int) -> str:
    """Raises Invalid."""
    if len(text) > limit:
        raise Invalid(f"{name} has at most {limit} characters", where=name, limit=limit)
    return text


def answer_of(text: str | None) -> int | None:
    """Return what was answered about research: 1, 0, or nothing."""
    return ANSWERS.get(text or "")


def trimmed(movie: Movie, start: int | None, end: int | None) -> tuple[int, int]:
    """Return the trim with one of its frames moved. Raises Invalid."""
    if (start is None) == (end is None):
        raise Invalid("set exactly one trim frame")
    if movie.total_frames is None:
        raise Invalid("total_frames is required before trimming")
    first, last = movie.trim()
    first = first if start is None else start
    last = movie.total_frames - 1 if last is None else last
    last = last if end is None else end
    if first < 0:
        raise Invalid("trim_start_frame must be >= 0", where="trim_start_frame", limit=0)
    if first > last:
        raise Invalid("trim_start_frame must be <= trim_end_frame", where="trim_start_frame", limit=last)
    if last >= movie.total_frames:
        raise Invalid(
            "trim_end_frame must be < total_frames", where="trim_end_frame", limit=movie.total_frames
        )
    return first, last


def _bad_fpm(fault: str) -> Invalid:
    return Invalid(f"fpm {fault}", where="fpm", limit=FPM_LIMIT)
