"""What browsers play already is copied, bit by bit; everything else is encoded, and why is said."""

from fractions import Fraction

import av
import numpy as np
import pytest

from pipelines.errors import BadInput, CannotDecode
from pipelines.transcode import Settings, transcode
from pipelines.transcode.plan import plan_movie


def made(path, out_dir, **settings):
    out_dir.mkdir(exist_ok=True)
    return transcode(path, out_dir, Settings(**({"preset": "ultrafast", "poster": False} | settings)))


def packets(path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def pictures(path) -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as container:
        return [
            (frame.pts * frame.time_base, frame.to_ndarray().tobytes()) for frame in container.decode(video=0)
        ]


@pytest.mark.parametrize("name", ["safe.mp4", "safe.mkv"])
@pytest.mark.parametrize("packaging", ["mp4", "fmp4", "hls"])
def test_a_safe_movie_is_copied_at_its_own_height(name, packaging, tmp_path, write_movie, noise):
    path = write_movie(noise(30, 96, 64), name=name, options={"g": "12", "bf": "3"})

    ladder = made(path, tmp_path / "out", heights=(32, 64), packaging=packaging)

    assert [(rung.method, rung.encoder) for rung in ladder.rungs] == [
        ("encoded", "libx264"),
        ("copied", None),
    ]
    assert ladder.rungs[1].why == "browsers play it as it is"
    assert packets(tmp_path / "out" / "64p.mp4") == packets(path)
    assert pictures(tmp_path / "out" / "64p.mp4") == pictures(path)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ({"codec": "mpeg4"}, "it is mpeg4, not H.264"),
        ({"pix_fmt": "yuv444p"}, "its profile is High 4:4:4 Predictive"),
        ({"pix_fmt": "yuv420p10le"}, "its profile is High 10"),
        ({"pix_fmt": "yuvj420p"}, "its pixels are yuvj420p"),
        ({"rotate": 90}, "it is turned"),
        ({"name": "safe.ts"}, "it is not in the form of an MP4"),
        ({"options": {"x264-params": "interlaced=1"}}, "it is interlaced"),
    ],
)
def test_what_is_not_safe_is_encoded_and_why_is_said(kind, why, write_movie, noise):
    path = write_movie(noise(8), **kind)

    plan = plan_movie(path, Settings(heights=(1080,)))

    assert [(rung.is_copied, rung.why) for rung in plan.rungs] == [(False, why)]


def test_frames_that_an_edit_list_hides_stay_hidden(tmp_path, write_movie, noise):
    path = write_movie(noise(30), options={"g": "30", "bf": "0"})
    clipped = tmp_path / "clipped.mp4"
    with av.open(str(path)) as source, av.open(clipped, "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.pts, packet.dts = packet.pts - 5 * packet.duration, packet.dts - 5 * packet.duration
                packet.stream = stream
                target.mux_one(packet)

    ladder = made(clipped, tmp_path / "out", heights=(48,))

    assert (ladder.rungs[0].frames, ladder.rungs[0].method) == (25, "encoded")
    assert ladder.rungs[0].why == "an edit list hides some of its frames"


def test_a_copy_whose_keyframes_are_rare_makes_no_segments(write_movie, noise):
    path = write_movie(noise(30), options={"g": "1000", "sc_threshold": "0"}, rate=Fraction(2))

    segmented = plan_movie(path, Settings(heights=(48,), packaging="hls"))
    plain = plan_movie(path, Settings(heights=(48,)))

    assert [rung.is_copied for rung in plain.rungs] == [True]
    assert [(rung.is_copied, rung.why) for rung in segmented.rungs] == [
        (False, "its keyframes are up to 15.0 s apart, too far for segments")
    ]


# --- what cannot be done ---


def test_a_picture_is_no_movie(tmp_path, still):
    with pytest.raises(BadInput) as refusal:
        transcode(still(".png"), tmp_path)

    assert refusal.value.code == "not_a_movie"


def test_a_movie_that_is_cut_short_names_its_first_missing_frame(tmp_path, cut_short):
    with pytest.raises(CannotDecode) as failure:
        transcode(cut_short, tmp_path)

    assert 5 < failure.value.frame < 30
    assert failure.value.message == f"the movie is cut short: frame {failure.value.frame} of 30 is missing"


def test_damage_in_the_middle_is_named_and_nothing_is_left_behind(tmp_path, write_movie, noise):
    path = write_movie(noise(40), pix_fmt="yuv444p", options={"bf": "0"})
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        broken = [packet for packet in container.demux(video=0) if packet.size][23]
    data[broken.pos : broken.pos + 8] = b"\xff" * 8  # a length that no packet has
    path.write_bytes(data)
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(CannotDecode) as failure:
        transcode(path, out, Settings(heights=(48,)))

    assert failure.value.frame == 23
    assert list(out.iterdir()) == []


def test_sound_alone_is_refused(tmp_path):
    path = tmp_path / "sound.m4a"
    with av.open(path, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate = 48000
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))

    with pytest.raises(BadInput) as refusal:
        transcode(path, tmp_path)

    assert refusal.value.code == "no_video"


def test_too_many_frames_are_refused_before_any_is_decoded(tmp_path, write_movie, noise):
    path = write_movie(noise(12))

    with pytest.raises(BadInput) as refusal:
        transcode(path, tmp_path, frames_limit=10)

    assert refusal.value.code == "too_many_frames"


def test_a_picture_too_wide_for_h264_is_refused(tmp_path, write_movie):
    path = write_movie([np.zeros((16, 16400, 3), np.uint8)], codec="ffv1", pix_fmt="bgr0", name="wide.mkv")

    with pytest.raises(BadInput) as refusal:
        transcode(path, tmp_path, Settings(heights=(16,)))

    assert refusal.value.code == "cannot_encode"
    assert refusal.value.message.startswith("pictures of 16400x16 cannot be encoded")
    assert [file.name for file in tmp_path.iterdir()] == ["wide.mkv"]
