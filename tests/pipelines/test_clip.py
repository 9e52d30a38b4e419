"""Clips: exactly the frames, copied where they can be, at their own times."""

import av
import cv2
import numpy as np
import pytest

from pipelines.clip import Range, cut
from pipelines.video.index import read_index
from tests.pipelines.clip_movies import identical, numbers, packets, psnr, seconds

GROUPS = {"preset": "veryfast", "x264-params": "keyint=12:min-keyint=12:scenecut=0:b-adapt=0:bframes=3"}


@pytest.fixture
def movie(write_movie, noise):
    """Give 60 frames in groups of 12, with B-frames."""
    return write_movie(noise(60), options=GROUPS)


def test_an_exact_clip_holds_exactly_its_frames(movie, tmp_path):
    clipped = cut(movie, tmp_path, [Range(17, 45)], mode="exact")

    assert clipped.files == ["clip-000.mp4"]
    assert numbers(tmp_path / "clip-000.mp4", movie) == list(range(17, 45))
    clip = clipped.clips[0]
    assert (clip.mode, clip.why, clip.first, clip.last, clip.frames) == ("exact", None, 17, 44, 28)
    assert (clip.encoded, clip.copied, clip.seconds) == (28, 0, 1.12)


def test_a_smart_clip_copies_whole_groups_and_encodes_the_rest(movie, tmp_path):
    clipped = cut(movie, tmp_path, [Range(17, 45)])

    clip = clipped.clips[0]
    assert (clip.mode, clip.why, clip.encoded + clip.copied) == ("smart", None, 28)
    same = identical(tmp_path / clip.file, movie, 17)
    assert numbers(tmp_path / clip.file, movie) == list(range(17, 45))
    assert same[:7] == [False] * 7
    assert all(same[7 : 7 + clip.copied])
    assert clip.copied >= 19
    assert set(packets(movie)[24:36]) <= set(packets(tmp_path / clip.file))


@pytest.mark.parametrize("mode", ["exact", "smart"])
def test_what_is_encoded_anew_looks_the_same(stem, tmp_path, mode):
    movie, _ = stem

    cut(movie, tmp_path, [Range(0, 33)], mode=mode)

    assert psnr(tmp_path / "clip-000.mp4", movie, 0) > 40


def test_opencv_reads_a_smart_clip_frame_by_frame(movie, tmp_path):
    cut(movie, tmp_path, [Range(5, 58)])

    capture, count = cv2.VideoCapture(str(tmp_path / "clip-000.mp4")), 0
    while capture.read()[0]:
        count += 1
    assert count == 53


@pytest.mark.parametrize("start", [0, 1, 11, 12, 13, 23, 35])
@pytest.mark.parametrize("end", [36, 37, 38, 47, 48, 59, 60])
def test_a_smart_clip_is_exact_wherever_it_begins_and_ends(movie, tmp_path, start, end):
    clipped = cut(movie, tmp_path, [Range(start, end)])

    assert numbers(tmp_path / "clip-000.mp4", movie) == list(range(start, end))
    assert seconds(tmp_path / "clip-000.mp4") == [round(n / 25, 4) for n in range(end - start)]
    assert clipped.clips[0].copied >= 12 * (end // 12 - -(-start // 12))


def test_a_copied_clip_gives_the_whole_groups_and_says_which(movie, tmp_path):
    clipped = cut(movie, tmp_path, [Range(17, 37)], mode="copy")

    clip = clipped.clips[0]
    assert (clip.mode, clip.start, clip.end, clip.first, clip.last) == ("copy", 17, 37, 12, 47)
    assert (clip.encoded, clip.copied) == (0, 36)
    assert (clip.segment_starts, clip.segment_ends) == ([12, 24, 36], [23, 35, 47])
    assert packets(tmp_path / "clip-000.mp4") == packets(movie)[12:48]
    assert seconds(tmp_path / "clip-000.mp4") == [round(n / 25, 4) for n in range(36)]


@pytest.mark.parametrize("mode", ["copy", "exact", "smart"])
def test_ranges_go_into_a_file_each_even_where_they_overlap(movie, tmp_path, mode):
    clipped = cut(movie, tmp_path, [Range(30, 50), Range(0, 40)], mode=mode)

    assert clipped.files == ["clip-000.mp4", "clip-001.mp4"]
    for clip in clipped.clips:
        assert numbers(tmp_path / clip.file, movie) == list(range(clip.first, clip.last + 1))


@pytest.mark.parametrize("mode", ["copy", "exact", "smart"])
def test_joined_ranges_follow_one_another_in_one_file(movie, tmp_path, mode):
    clipped = cut(movie, tmp_path, [Range(30, 50), Range(3, 7), Range(0, 40)], mode=mode, joined=True)

    assert clipped.files == ["clip.mp4"]
    expected = [n for clip in clipped.clips for n in range(clip.first, clip.last + 1)]
    assert numbers(tmp_path / "clip.mp4", movie) == expected
    assert seconds(tmp_path / "clip.mp4") == [round(n / 25, 4) for n in range(len(expected))]
    assert clipped.clips[2].at == clipped.clips[0].frames + clipped.clips[1].frames


@pytest.mark.parametrize("mode", ["exact", "smart"])
def test_frames_of_a_variable_rate_keep_their_times_and_the_last_its_duration(
    write_movie, noise, tmp_path, mode
):
    times = [0, 1, 4, 5, 9, 10, 11, 18, 19, 20, 22, 30, 31, 33, 40, 41]
    options = {"preset": "veryfast", "g": "4", "x264-params": "scenecut=0"}
    movie = write_movie(noise(16), pts=times, options=options)

    clipped = cut(movie, tmp_path, [Range(3, 14)], mode=mode)

    shown = [0.0, 0.16, 0.2, 0.24, 0.52, 0.56, 0.6, 0.68, 1.0, 1.04, 1.12]
    assert seconds(tmp_path / "clip-000.mp4") == shown
    assert clipped.clips[0].seconds == 1.4
    with av.open(tmp_path / "clip-000.mp4") as container:
        assert container.duration == 1_400_000


@pytest.mark.parametrize("mode", ["copy", "exact", "smart"])
def test_a_clip_is_turned_as_its_movie_is(write_movie, noise, tmp_path, mode):
    movie = write_movie(noise(30), options=GROUPS, rotate=90)

    cut(movie, tmp_path, [Range(5, 26)], mode=mode)

    assert read_index(tmp_path / "clip-000.mp4").turn.rotation == 90


@pytest.mark.parametrize("mode", ["exact", "smart"])
def test_a_full_range_movie_stays_one(write_movie, noise, tmp_path, mode):
    movie = write_movie(noise(30), options=GROUPS, full_range=True)

    cut(movie, tmp_path, [Range(5, 26)], mode=mode)

    assert psnr(tmp_path / "clip-000.mp4", movie, 5) > 35  # 25 where a range is taken for the other
    with av.open(tmp_path / "clip-000.mp4") as container:
        assert next(container.decode(video=0)).color_range == 2


def test_the_same_order_gives_the_same_bytes(movie, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        cut(movie, tmp_path / name, [Range(5, 50)])

    assert (tmp_path / "a/clip-000.mp4").read_bytes() == (tmp_path / "b/clip-000.mp4").read_bytes()


def test_a_movie_can_come_from_any_reader(movie, tmp_path):
    with movie.open("rb") as reader:
        cut(reader, tmp_path, [Range(17, 45)])

    assert numbers(tmp_path / "clip-000.mp4", movie) == list(range(17, 45))


def test_each_frame_ticks(movie, tmp_path):
    ticks = []

    cut(movie, tmp_path, [Range(17, 45)], tick=lambda *tick: ticks.append(tick))

    assert ticks[0] == (1, 28, "clip")
    assert ticks[-1] == (28, 28, "clip")
    assert len(ticks) == 28


def test_odd_sides_keep_every_pixel(write_movie, tmp_path, noise):
    odd = [np.ascontiguousarray(picture[:47, :63]) for picture in noise(5)]
    movie = write_movie(odd, name="odd.avi", codec="mjpeg", pix_fmt="yuvj420p", options={"q:v": "2"})

    cut(movie, tmp_path, [Range(1, 4)], mode="exact")

    assert numbers(tmp_path / "clip-000.mp4", movie) == [1, 2, 3]
    with av.open(tmp_path / "clip-000.mp4") as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (63, 47)
