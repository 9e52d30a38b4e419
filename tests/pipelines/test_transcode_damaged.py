"""Whatever bytes of a movie are changed, there are all frames that were counted, or one of our two errors."""

import io

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import BadInput, CannotDecode
from pipelines.transcode import Settings, transcode
from pipelines.video.index import read_index

KINDS = {
    "encoded.mp4": {"options": {"qp": "0"}},
    "copied.mp4": {},
    "copied.mkv": {},
    "turned.mp4": {"rotate": 90},
    "m.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "m.gif": {"codec": "gif", "pix_fmt": "rgb8"},
}


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keep=st.sampled_from([1.0, 1.0, 1.0, 0.9, 0.5]),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
def test_damage_is_told_or_does_no_harm(name, keep, changes, tmp_path, write_movie, noise):
    data = bytearray(write_movie(noise(10), name=name, **KINDS[name]).read_bytes())
    data = data[: int(len(data) * keep)]
    for place, value in changes:
        data[int(place * len(data))] = value
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)

    try:
        counted = read_index(io.BytesIO(data)).frames
        ladder = transcode(
            io.BytesIO(data), out, Settings(heights=(48,), preset="ultrafast", packaging="hls", poster=False)
        )
    except (BadInput, CannotDecode):
        assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []
        return  # told; any other error would fail here

    assert [rung.frames for rung in ladder.rungs] == [counted]
    with av.open(str(out / ladder.rungs[0].file)) as container:
        assert sum(1 for packet in container.demux(video=0) if packet.size) == counted
