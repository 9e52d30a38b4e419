"""Points 24 and 25: markers go where the plant goes, in whatever form a telephone recorded it."""

import os
from pathlib import Path

import av
import numpy as np
import pytest

from tests.dialects.planttracer.browser import agreed, fetch, marker, pictures, spots
from tests.dialects.planttracer.movies import line, look, scenes, size_of, stored, write

RECORDINGS = os.environ.get("DARKROOM_TEST_RECORDINGS", "")
TRACKED, CUT = 0, 4  # of `status`
RULERS = [marker("Ruler 0mm", 477, 234), marker("Ruler 10mm", 479, 282)]  # of circumnutation.mp4


def ways(browser, movie, start, *, size, label="Apex", **more):
    """Trace one marker from a place in source px; return where it was on every frame, in the client's px."""
    movie_id = browser.upload(movie)
    browser.put(movie_id, 0, [marker(label, *stored(*start, *size))])
    frames = browser.traced(movie_id, **more)["frames"]
    return np.array([spots(frames[str(number)])[label] for number in range(len(frames))])


def truth(places, size):
    return np.array([stored(*place, *size) for place in places])


def errors(found, expected):
    """How far each place is from its truth, in px of the analysis frame, a start between pixels forgiven."""
    return np.hypot(*((found - found[0]) - (expected - expected[0])).T)


@pytest.mark.parametrize("step", [0.02, 0.06, 1.0])  # px per frame
def test_point_24_slow_motion_is_not_lost_to_rounding(student, tmp_path, step):
    places, size = line(100, step), (640, 480)
    path = write(tmp_path / "slow.mp4", scenes(places, *size), crf=4)

    found = ways(student, path, places[0], size=size)

    assert np.median(errors(found, truth(places, size))) < 0.05
    assert errors(found, truth(places, size)).max() < 0.15


def test_point_24_what_rests_rests(student, tmp_path):
    places, size = line(60, 0.0), (640, 480)

    found = ways(student, write(tmp_path / "still.mp4", scenes(places, *size)), places[0], size=size)

    assert errors(found, truth(places, size)).max() < 0.15


def test_point_24_the_swaying_plant_is_followed(student, stem):
    path, known = stem
    size = (known.width, known.height)
    places = known.positions[:, 0]

    found = ways(student, path, places[0], size=size)

    assert np.median(errors(found, truth(places, size))) < 1.0


def cut_movie(tmp_path):
    """Twenty frames of a moving disk, then ten of something else altogether."""
    pictures_ = [*scenes(line(20, 0.5)), *(255 - picture for picture in scenes(line(10, 0.5, (200.0, 60.0))))]
    return write(tmp_path / "cut.mp4", pictures_)


def test_point_24_the_frame_of_a_cut_has_the_largest_error(student, tmp_path):
    movie_id = student.upload(cut_movie(tmp_path))
    student.put(movie_id, 0, [marker("Apex", *stored(100, 120, 320, 240))])

    frames = student.traced(movie_id)["frames"]

    errs = [frames[str(number)]["markers"][0]["err"] for number in range(1, 30)]
    assert errs.index(max(errs)) + 1 == 20
    assert max(errs) > 3


def test_point_24_what_a_cut_took_away_is_marked_as_such(careful, tmp_path):
    movie_id = careful.upload(cut_movie(tmp_path))
    careful.put(movie_id, 0, [marker("Apex", *stored(100, 120, 320, 240))])

    frames = careful.traced(movie_id)["frames"]

    told = [frames[str(number)]["markers"][0]["status"] for number in range(1, 30)]
    assert told == [TRACKED] * 19 + [CUT] * 10


@pytest.mark.parametrize(
    ("step", "gains"),
    [
        (0.02, None),
        (20.0, None),  # px per frame, faster than a window is wide
        (0.5, [1 + 0.15 * (-1) ** number for number in range(24)]),  # a lamp that flickers
    ],
)
def test_point_24_where_plant_tracer_loses_its_markers_they_are_held(careful, tmp_path, step, gains):
    places, size = line(24, step), (640, 480)
    path = write(tmp_path / "hard.mp4", scenes(places, *size, gains=gains), crf=4)

    found = ways(careful, path, places[0], size=size)

    assert np.median(errors(found, truth(places, size))) < 0.1
    assert errors(found, truth(places, size)).max() < 0.5


@pytest.mark.skipif(not RECORDINGS, reason="DARKROOM_TEST_RECORDINGS names no folder of recordings")
def test_point_24_the_circumnutation_ends_where_plant_tracer_saw_it(student):
    movie_id = student.upload(Path(RECORDINGS) / "circumnutation.mp4")
    student.put(movie_id, 0, [marker("Apex", 278, 480 - 166), *RULERS])

    done = student.traced(movie_id, frame_end=295)

    assert done["metadata"]["total_frames"] == 296
    table = student.table(movie_id)
    assert table[0] == [
        "frame_number", "Apex x", "Apex y", "Ruler 0mm x", "Ruler 0mm y", "Ruler 10mm x", "Ruler 10mm y"
    ]  # fmt: skip
    assert [row[0] for row in table[1:]] == [str(number) for number in range(296)]
    assert np.array(table[1][1:3], float) == pytest.approx((278, 314), abs=2)
    assert np.array(table[-1][1:3], float) == pytest.approx((116, 321), abs=2)
    assert all(cell == str(int(cell)) for cell in table[-1])


def complete(browser, path, size, frames):
    """Trace a movie whole; check that all that is made of it fits together."""
    movie_id = browser.upload(path)
    movie = browser.metadata(movie_id)
    assert (movie["width"], movie["height"]) == size_of(browser.first_frame(movie_id))
    assert abs(movie["width"] - size[0]) <= 1 and abs(movie["height"] - size[1]) <= 1
    browser.put(movie_id, 0, [marker("Apex", movie["width"] / 2, movie["height"] / 2)])

    done = browser.traced(movie_id)

    assert list(done["frames"]) == [str(number) for number in range(frames)]
    archive = pictures(fetch(done["metadata"]["movie_zipfile_url"]))
    assert {size_of(jpeg) for jpeg in archive.values()} == {(movie["width"], movie["height"])}
    codec, _, shown = look(fetch(browser.listed(movie_id)["movie_traced_url"]))
    assert len(shown) == len(archive) == frames
    assert shown[0].shape[0] % 2 == shown[0].shape[1] % 2 == 0
    assert codec.pix_fmt == "yuv420p"
    return movie_id


@pytest.mark.parametrize(
    ("size", "analysed"),
    [((854, 480), (640, 360)), ((1170, 2532), (296, 640)), ((1000, 562), (640, 360)), ((64, 48), (640, 480))],
)
def test_point_25_odd_sizes_complete(student, tmp_path, size, analysed):
    middle = (size[0] / 2, size[1] / 2)
    path = write(tmp_path / "odd.mp4", scenes([middle] * 6, *size), crf=28)

    complete(student, path, analysed, 6)


def test_point_25_a_clip_of_a_turned_telephone_stands_upright(student, tmp_path):
    places, size = line(12, 1.0), (240, 320)
    upright = [np.rot90(picture) for picture in scenes(places)]
    path = write(tmp_path / "turned.mp4", scenes(places), turned=270)

    movie_id = complete(student, path, (480, 640), 12)

    frame = look(fetch(student.listed(movie_id)["movie_traced_url"]))[2][0]
    small = frame[::2, ::2][:, :, 0].astype(float)
    assert np.corrcoef(small[40:-40].ravel(), upright[0][40:-40, :, 0].ravel())[0, 1] > 0.9
    start = (120.0, 320 - 1 - 100.0)  # the disk, a quarter turn back
    found = ways(student, path, start, size=size)
    assert found[-1] - found[0] == pytest.approx((0, 22), abs=0.6)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_point_25_a_movie_turned_by_hand_is_followed_as_it_is_seen(student, tmp_path, rotation):
    width, height = 320, 240
    seen = {
        90: lambda x, y: (height - 1 - y, x),
        180: lambda x, y: (width - 1 - x, height - 1 - y),
        270: lambda x, y: (y, width - 1 - x),
    }[rotation]
    size = (width, height) if rotation == 180 else (height, width)
    path = write(tmp_path / "walk.mp4", scenes(line(12, 1.0)))
    movie_id = student.upload(path)
    agreed(student.post("/api/rotate-movie", movie_id=movie_id, rotation=rotation))
    student.put(movie_id, 0, [marker("Apex", *stored(*seen(100.0, 120.0), *size))])

    done = student.traced(movie_id)

    places = np.array([spots(done["frames"][str(number)])["Apex"] for number in range(12)])
    assert errors(places, truth([seen(*place) for place in line(12, 1.0)], size)).max() < 0.5
    jpeg = next(iter(pictures(fetch(done["metadata"]["movie_zipfile_url"])).values()))
    assert size_of(jpeg) == size_of(student.first_frame(movie_id)) == (2 * size[0], 2 * size[1])


def test_point_25_a_clip_of_uneven_times_has_each_frame_once(student, tmp_path):
    pts = [0, 1, 2, 5, 6, 12, 13, 14, 30, 31]
    path = write(tmp_path / "uneven.mp4", scenes(line(10, 1.0)), pts=pts)

    complete(student, path, (640, 480), 10)


@pytest.mark.skipif("libx265" not in av.codecs_available, reason="this PyAV writes no HEVC")
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le"])
def test_point_25_a_clip_of_a_newer_codec_completes(student, tmp_path, pix_fmt):
    path = write(tmp_path / "new.mp4", scenes(line(8, 1.0)), codec="libx265", pix_fmt=pix_fmt)

    complete(student, path, (640, 480), 8)


@pytest.mark.skipif(not RECORDINGS, reason="DARKROOM_TEST_RECORDINGS names no folder of recordings")
def test_point_25_ten_frames_in_high_definition_complete(student):
    complete(student, Path(RECORDINGS) / "hd-ten-frames.mp4", (640, 360), 10)
