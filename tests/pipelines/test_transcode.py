"""A ladder holds every frame once, at its own time, upright, in sizes that browsers play."""

from fractions import Fraction

import av
import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.transcode import Settings, transcode
from pipelines.transcode.plan import plan_movie
from pipelines.video.index import read_index

LOSSLESS = {"qp": "0"}  # of the High 4:4:4 profile, which no browser plays: never copied
QUICK = {"preset": "ultrafast", "crf": 20, "poster": False}


def grey(number: int, width=96, height=64) -> np.ndarray:
    """Give a picture whose grey tells its number, with a white mark at the top left."""
    picture = np.full((height, width, 3), 20 + 5 * number, np.uint8)
    picture[: height // 4, : width // 4] = 255
    return picture


def shown(path) -> list[tuple[Fraction, np.ndarray]]:
    """Give every frame of a movie with its time, as a plain player shows it."""
    with av.open(str(path)) as container:
        return [
            (frame.pts * frame.time_base, frame.to_ndarray(format="rgb24"))
            for frame in container.decode(video=0)
        ]


def numbers(path) -> list[int]:
    return [round((float(picture[-8, -8].mean()) - 20) / 5) for _, picture in shown(path)]


def times(path) -> list[Fraction]:
    return [time for time, _ in shown(path)]


def boxes(path) -> list[bytes]:
    """Give the kinds of a file's top-level boxes."""
    data, kinds, at = path.read_bytes(), [], 0
    while at < len(data):
        kinds.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], "big")
    return kinds


def made(path, out_dir, **settings):
    out_dir.mkdir(exist_ok=True)
    return transcode(path, out_dir, Settings(**(QUICK | settings)))


def test_every_size_holds_every_frame_once_at_its_own_time(tmp_path, write_movie):
    path = write_movie([grey(i) for i in range(30)], options=LOSSLESS, rate=Fraction(30000, 1001))

    ladder = made(path, tmp_path / "out", heights=(16, 32, 64))

    assert [(rung.width, rung.height, rung.frames) for rung in ladder.rungs] == [
        (24, 16, 30),
        (48, 32, 30),
        (96, 64, 30),
    ]
    for name in ("16p.mp4", "32p.mp4", "64p.mp4"):
        assert numbers(tmp_path / "out" / name) == list(range(30))
        assert times(tmp_path / "out" / name) == [Fraction(1001 * i, 30000) for i in range(30)]


@pytest.mark.parametrize("packaging", ["mp4", "fmp4"])
def test_a_variable_rate_is_kept_to_the_tick(packaging, tmp_path, write_movie):
    pts = [5, 6, 9, 10, 11, 20, 21, 22, 40, 41, 42, 43]
    path = write_movie([grey(i) for i in range(12)], options=LOSSLESS, pts=pts, rate=Fraction(30))

    made(path, tmp_path / "out", heights=(64,), packaging=packaging, preset="veryfast")

    assert times(tmp_path / "out" / "64p.mp4") == [Fraction(tick - 5, 30) for tick in pts]
    assert numbers(tmp_path / "out" / "64p.mp4") == list(range(12))


def test_heights_above_the_source_are_left_out(tmp_path, write_movie):
    path = write_movie([grey(0)] * 3, options=LOSSLESS)

    ladder = made(path, tmp_path / "out", heights=(48, 720, 1080))

    assert [(rung.width, rung.height) for rung in ladder.rungs] == [(72, 48)]


def test_two_heights_that_come_to_one_are_made_once(tmp_path, write_movie):
    path = write_movie([grey(0)] * 3, options=LOSSLESS)

    ladder = made(path, tmp_path / "out", heights=(32, 33))

    assert [(rung.width, rung.height) for rung in ladder.rungs] == [(48, 32)]


def test_a_single_frame_is_a_movie(tmp_path, write_movie):
    path = write_movie([grey(7)], options=LOSSLESS)

    ladder = made(path, tmp_path / "out", heights=(64,))

    assert numbers(tmp_path / "out" / "64p.mp4") == [7]
    assert ladder.seconds == pytest.approx(0.04)


def test_a_source_below_all_heights_keeps_its_own(tmp_path, write_movie):
    path = write_movie([grey(0, 101, 67)] * 3, codec="ffv1", pix_fmt="bgr0", name="odd.mkv")

    ladder = made(path, tmp_path / "out", heights=(720,))

    assert [(rung.file, rung.width, rung.height) for rung in ladder.rungs] == [("66p.mp4", 100, 66)]


@pytest.mark.parametrize(("rotate", "corner"), [(90, (4, -4)), (180, (-4, -4)), (270, (-4, 4))])
def test_rotation_is_baked_in(rotate, corner, tmp_path, write_movie):
    path = write_movie([grey(i) for i in range(4)], rotate=rotate)

    ladder = made(path, tmp_path / "out", heights=(1080,))

    file = tmp_path / "out" / ladder.rungs[0].file
    assert (ladder.rungs[0].width, ladder.rungs[0].height) == ((96, 64) if rotate == 180 else (64, 96))
    assert read_index(file).turn.is_none
    picture = shown(file)[0][1]
    assert picture[corner].mean() > 230
    assert [int(picture[y, x].mean() > 230) for y, x in ((4, 4), (4, -4), (-4, 4), (-4, -4))].count(1) == 1


def test_a_mirrored_movie_is_baked_upright(tmp_path):
    path = tmp_path / "mirrored.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.set_display_rotation(0, hflip=True)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(grey(0), "rgb24")))
        container.mux(stream.encode(None))

    ladder = made(path, tmp_path / "out", heights=(64,))

    picture = shown(tmp_path / "out" / ladder.rungs[0].file)[0][1]
    assert picture[4, -4].mean() > 230
    assert picture[4, 4].mean() < 60


def test_pixels_that_are_not_square_become_square(tmp_path):
    path = tmp_path / "wide.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 72, 64, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(16, 9)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(grey(0, 72), "rgb24")))
        container.mux(stream.encode(None))

    ladder = made(path, tmp_path / "out", heights=(64,))

    assert (ladder.rungs[0].width, ladder.rungs[0].height) == (128, 64)
    assert ladder.rungs[0].why == "its pixels are not square"


def test_full_range_becomes_limited_and_looks_the_same(tmp_path, write_movie):
    path = write_movie([grey(i) for i in range(3)], pix_fmt="yuvj420p", full_range=True)

    ladder = made(path, tmp_path / "out", heights=(64,))

    assert numbers(tmp_path / "out" / ladder.rungs[0].file) == [0, 1, 2]
    with av.open(str(tmp_path / "out" / "64p.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.pix_fmt, context.color_range, context.colorspace) == ("yuv420p", 1, 6)


def test_interlaced_pictures_become_whole_and_none_is_lost(tmp_path, write_movie):
    path = write_movie(
        [grey(i) for i in range(10)],
        codec="mpeg2video",
        name="fields.mkv",
        options={"flags": "+ildct+ilme", "top": "1"},
    )

    ladder = made(path, tmp_path / "out", heights=(64,))

    assert plan_movie(path, Settings()).look.is_interlaced
    assert ladder.rungs[0].frames == 10
    assert numbers(tmp_path / "out" / "64p.mp4") == list(range(10))


def test_keyframes_stand_at_the_same_times_in_every_size_and_nowhere_else(tmp_path, write_movie):
    cuts = [grey(0 if i // 7 % 2 else 40) for i in range(60)]
    path = write_movie(cuts, options=LOSSLESS, rate=Fraction(25))

    made(path, tmp_path / "out", heights=(32, 64), preset="veryfast", gop_seconds=0.5)

    for name in ("32p.mp4", "64p.mp4"):
        with av.open(str(tmp_path / "out" / name)) as container:
            keys = [
                packet.pts * packet.time_base for packet in container.demux(video=0) if packet.is_keyframe
            ]
        assert keys == [0, Fraction(13, 25), 1, Fraction(38, 25), 2]


def test_an_mp4_has_its_index_in_front_and_a_fragmented_one_comes_in_pieces(tmp_path, write_movie):
    path = write_movie([grey(i) for i in range(20)], options=LOSSLESS)

    made(path, tmp_path / "plain", heights=(64,))
    made(path, tmp_path / "pieces", heights=(64,), packaging="fmp4", gop_seconds=0.4)

    assert [kind for kind in boxes(tmp_path / "plain" / "64p.mp4") if kind != b"free"] == [
        b"ftyp",
        b"moov",
        b"mdat",
    ]
    assert boxes(tmp_path / "pieces" / "64p.mp4") == [
        b"ftyp",
        b"moov",
        b"moof",
        b"mdat",
        b"moof",
        b"mdat",
        b"mfra",
    ]


def test_equal_inputs_give_equal_bytes(tmp_path, write_movie, noise):
    path = write_movie(noise(20), options=LOSSLESS)

    made(path, tmp_path / "once", heights=(48,))
    made(path, tmp_path / "again", heights=(48,))

    assert (tmp_path / "once" / "48p.mp4").read_bytes() == (tmp_path / "again" / "48p.mp4").read_bytes()


def test_a_poster_is_a_jpeg_of_the_largest_size(tmp_path, write_movie, noise):
    path = write_movie(noise(10), options=LOSSLESS)

    ladder = made(path, tmp_path / "out", heights=(24, 48), poster=True)

    assert ladder.files[-1] == ("poster.jpg", "image/jpeg")
    with av.open(str(tmp_path / "out" / "poster.jpg")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (64, 48)


def test_progress_is_told_and_may_end_the_work(tmp_path, write_movie, noise):
    class EnoughError(Exception):
        pass

    def tick(done: int, total: int, phase: str = "") -> None:
        told.append((done, total, phase))
        if done == 5:
            raise EnoughError

    told: list[tuple[int, int, str]] = []
    path = write_movie(noise(10), options=LOSSLESS)

    with pytest.raises(EnoughError):
        transcode(path, tmp_path, Settings(heights=(48,)), tick=tick)

    assert told == [(number, 10, "encoding") for number in range(1, 6)]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["movie.mp4"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"heights": ()}, "bad_heights"),
        ({"heights": (8,)}, "bad_heights"),
        ({"heights": (9000,)}, "bad_heights"),
        ({"crf": 60}, "bad_crf"),
        ({"preset": "placebo"}, "bad_preset"),
        ({"gop_seconds": 0.0}, "bad_gop_seconds"),
        ({"gop_seconds": float("nan")}, "bad_gop_seconds"),
        ({"audio_kbps": 1}, "bad_audio_kbps"),
        ({"packaging": "dash"}, "bad_packaging"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, code):
    with pytest.raises(BadInput) as refusal:
        Settings(**settings)

    assert refusal.value.code == code
