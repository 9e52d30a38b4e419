"""How much of a movie makes one part of a job."""

import pytest

from darkroom.facts import MovieFacts
from darkroom.params import ClipParams, FrameRange, TranscodeParams
from darkroom.settings import Settings
from darkroom.splits import Parts, split_clip, split_transcode

MINUTE = Settings(chunk_seconds=60.0, parts_limit=20)


def movie(seconds):
    return {"movie": MovieFacts(640, 360, frames=int((seconds or 10) * 30), duration_seconds=seconds)}


@pytest.mark.parametrize(
    ("seconds", "parts"),
    [
        (10.0, Parts(1)),
        (119.0, Parts(1)),
        (120.0, Parts(3, joins=True)),
        (600.0, Parts(11, joins=True)),
        (36_000.0, Parts(20, joins=True)),
        (None, Parts(1)),
    ],
)
def test_a_long_movie_is_transcoded_in_parts(seconds, parts):
    assert split_transcode(TranscodeParams(), movie(seconds), MINUTE) == parts


def test_only_what_is_encoded_anew_is_split():
    ranges = [FrameRange(0, 1800), FrameRange(3600, 6000)]  # 140 s

    assert split_clip(ClipParams(ranges, mode="exact"), movie(600.0), MINUTE) == Parts(3, joins=True)
    assert split_clip(ClipParams(ranges, mode="smart"), movie(600.0), MINUTE) == Parts(1)
    assert split_clip(ClipParams(ranges, mode="copy"), movie(600.0), MINUTE) == Parts(1)


@pytest.mark.parametrize(("frames", "parts"), [(3, Parts(1)), (19, Parts(1)), (20, Parts(3, joins=True))])
def test_a_movie_of_few_frames_is_not_split_however_long_they_are_shown(frames, parts):
    slow = {"movie": MovieFacts(640, 360, frames=frames, duration_seconds=86_400.0)}

    assert split_transcode(TranscodeParams(), slow, MINUTE) == parts
    assert split_clip(ClipParams([FrameRange(0, frames)], mode="exact"), slow, MINUTE) == parts
