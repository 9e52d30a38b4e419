"""A movie's frames lie in a ZIP as JPEGs, contiguous, stored, and the same each time."""

import hashlib
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import BadInput, CannotDecode
from pipelines.track import track_movie, write_archive


def pictures_of(path) -> list[Image.Image]:
    with zipfile.ZipFile(path) as file:
        return [Image.open(io.BytesIO(file.read(name))) for name in file.namelist()]


def test_every_frame_is_an_entry_without_a_gap(write_movie, noise, tmp_path):
    path = write_movie(noise(12))

    summary = write_archive(path, tmp_path)

    with zipfile.ZipFile(tmp_path / "frames.zip") as file:
        names, kinds = file.namelist(), {entry.compress_type for entry in file.infolist()}
    assert names == [f"frame_{number:04d}.jpeg" for number in range(12)]
    assert kinds == {zipfile.ZIP_STORED}
    assert (summary.frames, summary.width, summary.height, summary.files) == (12, 640, 480, ("frames.zip",))


@pytest.mark.parametrize(
    ("size", "shown"),
    [((64, 48), (640, 480)), ((854, 480), (640, 359)), ((1170, 2532), (295, 640)), ((1000, 562), (640, 359))],
)
def test_pictures_have_the_size_that_is_analysed(size, shown, write_movie, noise, tmp_path):
    path = write_movie(noise(2, *size))

    write_archive(path, tmp_path)

    assert {picture.size for picture in pictures_of(tmp_path / "frames.zip")} == {shown}


def test_a_turned_archive_holds_turned_pictures(write_movie, noise, tmp_path):
    path = write_movie(noise(2, 96, 48), rotate=180)

    summary = write_archive(path, tmp_path, rotation=90, longest_side=96)

    assert (summary.width, summary.height) == (48, 96)
    assert pictures_of(tmp_path / "frames.zip")[0].size == (48, 96)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("rgb", [(60, 120, 200), (250, 250, 250), (12, 8, 8)])
def test_jpegs_have_the_colours_of_the_movie(full_range, rgb, write_movie, tmp_path):
    picture = np.full((96, 128, 3), rgb, np.uint8)
    codec, pix_fmt, name = ("mjpeg", "yuvj420p", "m.avi") if full_range else ("libx264", "yuv420p", "m.mp4")
    path = write_movie([picture] * 2, codec=codec, pix_fmt=pix_fmt, name=name)

    write_archive(path, tmp_path)

    shown = np.asarray(pictures_of(tmp_path / "frames.zip")[1])
    assert shown.mean(axis=(0, 1)) == pytest.approx(rgb, abs=4)


def test_each_jpeg_carries_the_comment(write_movie, noise, tmp_path):
    path = write_movie(noise(2))

    write_archive(path, tmp_path, comment="research use allowed; credit Zoë")

    comments = [picture.info["comment"].decode() for picture in pictures_of(tmp_path / "frames.zip")]
    assert comments == ["research use allowed; credit Zoë"] * 2


def test_a_track_archives_its_frames_in_the_same_pass(write_movie, noise, tmp_path):
    path = write_movie(noise(6))
    alone = tmp_path / "alone"
    alone.mkdir()

    track_movie(path, [("A", 20, 20)], tmp_path, outputs={"csv", "zip"})

    write_archive(path, alone)
    assert (tmp_path / "frames.zip").read_bytes() == (alone / "frames.zip").read_bytes()


def test_equal_movies_give_equal_archives(write_movie, noise, tmp_path):
    path, digests = write_movie(noise(3)), []

    for _ in range(2):
        write_archive(path, tmp_path)
        digests.append(hashlib.sha256((tmp_path / "frames.zip").read_bytes()).hexdigest())

    assert digests[0] == digests[1]


def test_a_movie_that_breaks_leaves_no_archive(cut_short, tmp_path):
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(CannotDecode):
        write_archive(cut_short, out)

    assert list(out.iterdir()) == []


def test_the_frames_before_the_break_can_be_kept(cut_short, tmp_path):
    out = tmp_path / "out"
    out.mkdir()

    summary = write_archive(cut_short, out, keep_partial=True)

    assert summary.partial
    assert summary.frames == summary.broken_at == len(pictures_of(out / "frames.zip"))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"longest_side": 0}, "bad_size"),
        ({"longest_side": 70_000}, "bad_size"),
        ({"quality": 0}, "bad_quality"),
        ({"quality": 101}, "bad_quality"),
        ({"comment": "x" * 70_000}, "comment_too_long"),
        ({"rotation": 45}, "rotation_unknown"),
    ],
)
def test_what_no_jpeg_can_be_is_refused(asked, code, write_movie, noise, tmp_path):
    path = write_movie(noise(2))

    with pytest.raises(BadInput) as refused:
        write_archive(path, tmp_path, **asked)

    assert refused.value.code == code
    assert not (tmp_path / "frames.zip").exists()


class Stopped(Exception):
    pass


def test_a_tick_that_raises_stops_the_archive(write_movie, noise, tmp_path):
    path, told = write_movie(noise(6)), []

    def tick(done: int, total: int, phase: str) -> None:
        told.append((done, total, phase))
        if done == 3:
            raise Stopped

    with pytest.raises(Stopped):
        write_archive(path, tmp_path, tick=tick)

    assert told == [(1, 6, "archive"), (2, 6, "archive"), (3, 6, "archive")]
    assert not (tmp_path / "frames.zip").exists()
