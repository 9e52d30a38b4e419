"""The playlists tell a player what there is and where its bytes lie."""

import re
from fractions import Fraction

import av
import numpy as np
import pytest

from pipelines.transcode import Settings, transcode


@pytest.fixture
def ladder(tmp_path, write_movie, noise):
    """Give a ladder of two sizes of a movie of 2.6 s, in segments of a second."""
    path = write_movie(noise(65, 128, 96), options={"qp": "0"}, rate=Fraction(25))
    return transcode(
        path, tmp_path, Settings(heights=(48, 96), packaging="hls", gop_seconds=1.0, poster=False)
    )


def lines(path, start: str) -> list[str]:
    return [line for line in path.read_text().splitlines() if line.startswith(start)]


def test_the_master_playlist_describes_every_size(ladder, tmp_path):
    master = (tmp_path / "master.m3u8").read_text()

    streams = re.findall(
        r'#EXT-X-STREAM-INF:BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+),RESOLUTION=(\S+),CODECS="(\S+)",FRAME-RATE=(\S+)\n(.+)',
        master,
    )
    assert [stream[2:] for stream in streams] == [
        ("64x48", "avc1.64000a", "25.000", "48p.m3u8"),
        ("128x96", "avc1.64000a", "25.000", "96p.m3u8"),
    ]
    assert all(int(peak) >= int(average) > 1000 for peak, average, *_ in streams)
    assert [name for name, _ in ladder.files] == ["48p.mp4", "96p.mp4", "48p.m3u8", "96p.m3u8", "master.m3u8"]


def test_a_media_playlist_lists_segments_that_are_as_long_as_it_says(ladder, tmp_path):
    playlist = tmp_path / "96p.m3u8"

    assert lines(playlist, "#EXTINF") == ["#EXTINF:1.000000,", "#EXTINF:1.000000,", "#EXTINF:0.600000,"]
    assert lines(playlist, "#EXT-X-TARGETDURATION") == ["#EXT-X-TARGETDURATION:1"]
    assert lines(playlist, "#EXT-X-ENDLIST") == ["#EXT-X-ENDLIST"]


@pytest.mark.parametrize(
    ("place", "first", "frames"), [(0, Fraction(0), 25), (1, Fraction(1), 25), (2, Fraction(2), 15)]
)
def test_every_segment_plays_alone_behind_the_beginning(place, first, frames, ladder, tmp_path):
    data = (tmp_path / "96p.mp4").read_bytes()
    beginning = int(re.search(r'BYTERANGE="(\d+)@0"', (tmp_path / "96p.m3u8").read_text())[1])
    ranges = [
        tuple(map(int, found))
        for found in re.findall(r"BYTERANGE:(\d+)@(\d+)", (tmp_path / "96p.m3u8").read_text())
    ]
    size, offset = ranges[place]
    (tmp_path / "segment.mp4").write_bytes(data[:beginning] + data[offset : offset + size])

    with av.open(str(tmp_path / "segment.mp4")) as container:
        shown = [frame.pts * frame.time_base for frame in container.decode(video=0)]

    assert shown == [first + Fraction(number, 25) for number in range(frames)]
    assert sum(size for size, _ in ranges) + beginning == data.index(b"mfra") - 4


def test_a_copied_sizes_keyframes_rule_the_segments_of_all(tmp_path, write_movie, noise):
    path = write_movie(noise(65, 128, 96), options={"g": "16", "sc_threshold": "0"})

    ladder = transcode(
        path, tmp_path, Settings(heights=(48, 96), packaging="hls", gop_seconds=1.0, poster=False)
    )

    assert [rung.method for rung in ladder.rungs] == ["encoded", "copied"]
    for name in ("48p.m3u8", "96p.m3u8"):
        assert lines(tmp_path / name, "#EXTINF") == [
            "#EXTINF:1.280000,",
            "#EXTINF:1.280000,",
            "#EXTINF:0.040000,",
        ]


def test_sound_is_named_among_the_codecs(tmp_path):
    path = tmp_path / "heard.mkv"
    with av.open(path, "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=48000, layout="mono")
        for number in range(10):
            picture = av.VideoFrame(64, 48, "yuv420p")
            picture.pts = number
            container.mux(video.encode(picture))
            heard = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.int16), "s16", "mono")
            heard.sample_rate, heard.pts = 48000, number * 1920
            container.mux(audio.encode(heard))
        container.mux(video.encode(None))

    transcode(path, tmp_path, Settings(heights=(48,), packaging="hls", poster=False))

    assert re.search(r'CODECS="(.+?)"', (tmp_path / "master.m3u8").read_text())[1] == "avc1.64000a,mp4a.40.2"
