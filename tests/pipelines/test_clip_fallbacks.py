"""What cannot be cut as asked is cut exactly, and said; what cannot be cut at all is refused."""

import pytest

from pipelines.clip import Range, cut
from pipelines.errors import BadInput, CannotDecode
from tests.pipelines.clip_movies import numbers

OPEN = {"preset": "veryfast", "x264-params": "keyint=12:scenecut=0:open-gop=1:b-adapt=0:bframes=3"}
CLOSED = {"preset": "veryfast", "x264-params": "keyint=12:min-keyint=12:scenecut=0"}


def _smart(movie, folder, asked=None):
    clip = cut(movie, folder, [asked or Range(5, 28)]).clips[0]
    assert numbers(folder / clip.file, movie) == list(range(clip.start, clip.end))
    return clip.mode, clip.why


def test_a_range_without_a_keyframe_is_encoded(write_movie, noise, tmp_path):
    movie = write_movie(noise(30), options=CLOSED)

    told = _smart(movie, tmp_path, Range(13, 23))

    assert told == ("exact", "no keyframe that stands alone is inside the range")


def test_open_groups_are_encoded(write_movie, noise, tmp_path):
    movie = write_movie(noise(40), options=OPEN)

    told = _smart(movie, tmp_path)

    assert told == ("exact", "no keyframe that stands alone is inside the range")


def test_open_groups_are_copied_without_the_pictures_that_need_the_group_before(write_movie, noise, tmp_path):
    movie = write_movie(noise(40), options=OPEN)

    clip = cut(movie, tmp_path, [Range(14, 20)], mode="copy").clips[0]

    assert clip.mode == "copy"
    assert clip.first <= 14
    assert clip.last >= 19
    assert numbers(tmp_path / clip.file, movie) == list(range(clip.first, clip.last + 1))


def test_open_groups_that_follow_other_pictures_are_encoded(write_movie, noise, tmp_path):
    movie = write_movie(noise(40), options=OPEN)

    clipped = cut(movie, tmp_path, [Range(0, 6), Range(26, 34)], mode="copy", joined=True)

    assert clipped.clips[1].why == "its first keyframe cannot follow other pictures (an open group)"
    expected = [n for clip in clipped.clips for n in range(clip.first, clip.last + 1)]
    assert numbers(tmp_path / "clip.mp4", movie) == expected


@pytest.mark.parametrize(
    ("name", "written", "why"),
    [
        (
            "movie.mp4",
            {"codec": "mpeg4", "options": {"g": "12", "b": "2M"}},
            "only H.264 can be partly copied, and this is mpeg4",
        ),
        ("movie.mp4", {"pix_fmt": "yuv422p", "options": CLOSED}, "the pictures are not 4:2:0 of 8 bits"),
        ("movie.mp4", {"pix_fmt": "yuv444p", "options": CLOSED}, "the pictures are not 4:2:0 of 8 bits"),
        (
            "movie.mp4",
            {"options": {"preset": "veryfast", "x264-params": "keyint=12:interlaced=1"}},
            "the movie is interlaced",
        ),
        ("movie.avi", {"options": CLOSED}, "the container does not keep the order of its pictures"),
    ],
)
def test_what_smart_does_not_know_is_encoded(write_movie, noise, tmp_path, name, written, why):
    movie = write_movie(noise(30), name=name, **written)

    assert _smart(movie, tmp_path) == ("exact", why)


@pytest.mark.parametrize("name", ["movie.mkv", "movie.ts", "movie.mov"])
def test_h264_is_partly_copied_from_every_container_that_keeps_times(write_movie, noise, tmp_path, name):
    movie = write_movie(noise(30), name=name, options=CLOSED)

    assert _smart(movie, tmp_path) == ("smart", None)


def test_a_codec_that_no_mp4_holds_is_copied_to_matroska(write_movie, noise, tmp_path):
    movie = write_movie(noise(30), name="movie.webm", codec="libvpx", options={"g": "12", "b": "2M"})

    clipped = cut(movie, tmp_path, [Range(13, 20)], mode="copy")

    clip = clipped.clips[0]
    assert clipped.files == ["clip-000.mkv"]
    assert clip.first <= 13
    assert clip.last >= 19
    assert numbers(tmp_path / "clip-000.mkv", movie) == list(range(clip.first, clip.last + 1))


@pytest.mark.parametrize("mode", ["copy", "exact", "smart"])
@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        (Range(5, 5), "empty_range", "range 0 holds no frame"),
        (Range(7, 5), "empty_range", "range 0 holds no frame"),
        (Range(-1, 5), "empty_range", "range 0 holds no frame"),
        (Range(5, 31), "frame_past_end", "range 0 ends at 31: the movie has 30 frames"),
    ],
)
def test_a_range_outside_the_movie_is_refused(write_movie, noise, tmp_path, mode, asked, code, told):
    movie = write_movie(noise(30), options=CLOSED)

    with pytest.raises(BadInput, match=told) as refusal:
        cut(movie, tmp_path, [asked], mode=mode)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("ranges", "limits", "code"),
    [
        ([], {}, "no_ranges"),
        ([Range(0, 1)] * 3, {"ranges_limit": 2}, "too_many_ranges"),
        ([Range(0, 25), Range(0, 25)], {"frames_limit": 40}, "too_many_frames"),
    ],
)
def test_too_few_or_too_many_are_refused(write_movie, noise, tmp_path, ranges, limits, code):
    movie = write_movie(noise(30), options=CLOSED)

    with pytest.raises(BadInput) as refusal:
        cut(movie, tmp_path, ranges, **limits)

    assert refusal.value.code == code


@pytest.mark.parametrize("mode", ["copy", "exact", "smart"])
def test_damage_inside_a_range_is_named(cut_short, tmp_path, mode):
    with pytest.raises((CannotDecode, BadInput)):
        cut(cut_short, tmp_path, [Range(0, 30)], mode=mode)
