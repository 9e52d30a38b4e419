"""Turned pixels are the movie's own, in its time, with its sound, for players that look at no matrix."""

from fractions import Fraction

import av
import numpy as np
import pytest

from pipelines.errors import CannotDecode
from pipelines.rotate import Encoding, rotate
from pipelines.video import luma_frames, probe

FINE = Encoding(crf=1)  # nearly without loss


def planes(path, number=0) -> list[np.ndarray]:
    """Give the planes of a frame, as decoded."""
    with av.open(path) as container:
        frame = list(container.decode(video=0))[number]
        kind = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
        found = []
        for plane in frame.planes:
            rows = np.frombuffer(memoryview(plane), kind).reshape(
                -1, plane.line_size // np.dtype(kind).itemsize
            )
            found.append(rows[: plane.height, : plane.width].astype(int))
        return found


def stream_facts(path):
    with av.open(path) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream))
        return stream.codec_context.pix_fmt, frame.color_range, frame.colorspace, frame.rotation


@pytest.mark.parametrize(
    ("rotation", "flip", "turned"),
    [
        (90, "none", lambda p: np.rot90(p, -1)),
        (180, "none", lambda p: p[::-1, ::-1]),
        (270, "horizontal", lambda p: np.rot90(p[:, ::-1], 1)),
        (0, "vertical", lambda p: p[::-1]),
    ],
)
@pytest.mark.parametrize(
    ("codec", "pix_fmt", "name"),
    [
        ("libx264", "yuv420p", "m.mp4"),
        ("libx264", "yuv444p", "m.mp4"),
        ("libx264", "yuv420p10le", "m.mkv"),
        ("mjpeg", "yuvj420p", "m.avi"),
    ],
)
def test_every_plane_is_turned_as_it_is(
    codec, pix_fmt, name, rotation, flip, turned, write_movie, noise, tmp_path
):
    path = write_movie(noise(3), codec=codec, pix_fmt=pix_fmt, name=name)

    made = rotate(path, tmp_path, rotation=rotation, flip=flip, method="pixels", encoding=FINE)

    assert made.why == "its pictures were turned and encoded as H.264"
    assert stream_facts(tmp_path / made.file)[0] == pix_fmt
    for before, after in zip(planes(path), planes(tmp_path / made.file), strict=True):
        assert np.abs(turned(before) - after).mean() < (6 if pix_fmt.endswith("10le") else 1.5)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "name", "becomes"),
    [
        ("libx264", "yuv422p", "m.mp4", "yuv420p"),
        ("prores_ks", "yuv422p10le", "m.mov", "yuv420p10le"),
        ("ffv1", "bgr0", "m.mkv", "yuv444p"),
        ("ffv1", "gray", "m.mkv", "yuv420p"),
    ],
)
def test_what_cannot_be_said_turned_is_converted_and_told(
    codec, pix_fmt, name, becomes, write_movie, noise, tmp_path
):
    path = write_movie(noise(2), codec=codec, pix_fmt=pix_fmt, name=name)
    before = next(luma_frames(path)).luma.astype(int)

    made = rotate(path, tmp_path, rotation=90, method="pixels", encoding=FINE)

    assert made.why == f"its pictures were turned and encoded as H.264; {pix_fmt} became {becomes}"
    assert stream_facts(tmp_path / made.file)[0] == becomes
    after = next(luma_frames(tmp_path / made.file)).luma.astype(int)
    assert np.abs(np.rot90(before, -1) - after).mean() < (
        16 if pix_fmt in {"bgr0", "gray"} else 2
    )  # grey is full range


@pytest.mark.parametrize(
    ("width", "height", "after"), [(63, 48, (48, 64)), (64, 47, (48, 64)), (63, 47, (48, 64))]
)
def test_an_odd_side_grows_by_a_repeated_pixel(width, height, after, write_movie, noise, tmp_path):
    path = write_movie(noise(2, width, height), codec="ffv1", name="odd.mkv")

    made = rotate(path, tmp_path, rotation=90, method="pixels", encoding=FINE)

    assert (made.before, made.after) == ((width, height), after)
    assert "H.264 needs even sides: the last column or row is there twice" in made.why
    luma, turned = next(luma_frames(tmp_path / made.file)).luma, np.rot90(next(luma_frames(path)).luma, -1)
    assert np.abs(luma[:width, :height].astype(int) - turned).mean() < 2
    if width == 63:
        assert np.abs(luma[63].astype(int) - luma[62]).mean() < 3


def test_the_matrix_is_gone_and_the_picture_the_same(write_movie, noise, tmp_path):
    path = write_movie(noise(2), rotate=90)

    made = rotate(path, tmp_path, rotation=90, method="pixels", encoding=FINE)

    assert (made.before, made.after) == ((48, 64), (64, 48))
    assert probe(tmp_path / made.file).rotation == 0
    before, after = next(luma_frames(path)).luma, next(luma_frames(tmp_path / made.file)).luma
    assert np.abs(np.rot90(before, -1).astype(int) - after).mean() < 1.5


def test_uneven_times_are_kept(write_movie, noise, tmp_path):
    path = write_movie(noise(6), pts=[0, 1, 5, 6, 20, 21])

    made = rotate(path, tmp_path, rotation=180, method="pixels")

    times = [frame.seconds for frame in luma_frames(tmp_path / made.file)]
    assert times == pytest.approx([0.0, 0.04, 0.2, 0.24, 0.8, 0.84])


def test_full_range_stays_full(write_movie, noise, tmp_path):
    path = write_movie(noise(2), full_range=True)

    made = rotate(path, tmp_path, rotation=90, method="pixels", encoding=FINE)

    assert stream_facts(tmp_path / made.file)[1] == 2
    assert np.abs(np.rot90(planes(path)[0], -1) - planes(tmp_path / made.file)[0]).mean() < 1.5


def test_pixels_that_are_not_square_lie_on_their_side(noise, tmp_path):
    path = tmp_path / "wide.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        for picture in noise(2):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))

    quarter = rotate(path, tmp_path, rotation=90, method="pixels")
    with av.open(tmp_path / quarter.file) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(3, 4)
    half = rotate(path, tmp_path, rotation=180, method="pixels")
    with av.open(tmp_path / half.file) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


def test_equal_inputs_give_equal_bytes(write_movie, noise, tmp_path):
    path = write_movie(noise(8))

    first = (tmp_path / rotate(path, tmp_path, rotation=90, method="pixels").file).read_bytes()
    second = (tmp_path / rotate(path, tmp_path, rotation=90, method="pixels").file).read_bytes()

    assert first == second


def test_a_movie_that_breaks_leaves_no_file(cut_short, tmp_path):
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(CannotDecode):
        rotate(cut_short, out, rotation=90, method="pixels")

    assert list(out.iterdir()) == []
