"""What Plant Tracer's clients were found to need, in 28 points; `test_point_NN_…` in this folder shows each."""

import re
from pathlib import Path

POINTS = {
    1: "version and config-check have exactly their keys, and ask for no key",
    2: "a wrong key is refused on every route that asks for one, and its cookie expires",
    3: "the key is taken from query, form, multipart and cookie, in that order; `undefined` is none",
    4: "registering: bad e-mail, bad course key, full course; a second course becomes the primary one",
    5: "a login link is promised in the same words to known and to unknown people",
    6: "bulk registration's separators, names and refusal; who sees whom in the list of users",
    7: "a new movie: digest, capture rate, attribution, the very fields of the form, its limit of size",
    8: "the list of movies: defaults, nothing foreign that is unpublished, the traced link when there is one",
    9: "the first frame: 640 px at most, turned, a red one for tests; then the movie is ready",
    10: "metadata: frames when asked for, two refusals, keys that are text, trim's defaults, turned sizes",
    11: "markers of a frame come back as they were put, and replace what was there",
    12: "renaming a marker: counts, 101 frames, a duplicate, the same name, all else kept",
    13: "rotating: only quarter turns, and every marker is cleared",
    14: "deleting, and taking it back",
    15: "research terms: cleared together, and the owner's alone",
    16: "trimming: five refusals, markers copied to an earlier start, tables cut",
    17: "the capture rate is kept as typed; three refusals, and nan",
    18: "metadata one by one: four of them, the refusal with its odd key, strangers",
    19: "the table as CSV and as JSON, with their odd headers",
    20: "tracing: its refusals, its answer, progress within 15 s, its states, frames and link at the end",
    21: "tracing again from N: earlier frames stay as they are, an end is kept to, the warning goes",
    22: "the ZIP: contiguous names from zero, pictures of the analysis size, the terms in a comment",
    23: "the traced movie: H.264, yuv420p, as long as the trim, the terms in a comment",
    24: "where markers go is where they went, however slowly",
    25: "movies of odd sizes, turned, of uneven times, of newer codecs",
    26: "two traces at once are one; an edit meanwhile is kept; a killed worker is no end",
    27: "a demonstration can be looked at and not changed",
    28: "the client's whole session",
}


def test_every_point_has_a_test_and_every_test_a_point():
    named = {
        int(number)
        for path in Path(__file__).parent.glob("test_*.py")
        for number in re.findall(r"^def test_point_(\d\d)_\w+\(", path.read_text(), re.MULTILINE)
    }

    assert named == set(POINTS)
