"""Whatever bytes of a movie are changed, there are all frames that were counted, or one of our two errors."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import BadInput, CannotDecode
from pipelines.video import luma_frames, probe

KINDS = {
    "m.mp4": {"container_options": {"movflags": "+faststart"}},
    "m.mkv": {},
    "m.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "m.gif": {"codec": "gif", "pix_fmt": "rgb8"},
}


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keep=st.floats(0.1, 1.0),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
def test_damage_is_told_or_does_no_harm(name, keep, changes, write_movie, noise):
    data = bytearray(write_movie(noise(10), name=name, **KINDS[name]).read_bytes())
    data = data[: int(len(data) * keep)]
    for place, value in changes:
        data[int(place * len(data))] = value

    try:
        counted = probe(io.BytesIO(data)).frames
        shown = [frame.index for frame in luma_frames(io.BytesIO(data))]
    except (BadInput, CannotDecode):
        return  # told; any other error would fail here

    assert shown == list(range(counted))
