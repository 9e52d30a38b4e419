"""Many frames in few files: sprites for a player, and animations."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import BadInput
from pipelines.stills import Limits, Order, Roi, extract
from pipelines.stills.animation import durations_ms
from pipelines.stills.clock import clock, vtt_clock
from pipelines.video.frames import Frames


@pytest.fixture
def greys(write_movie):
    """A movie of 20 frames of 64x48 at 25 a second; frame n is grey of level 10 + 10 n."""
    pictures = [np.full((48, 64, 3), 10 + 10 * number, np.uint8) for number in range(20)]
    return write_movie(pictures, options={"g": "5", "crf": "4"})


@pytest.fixture
def uneven(write_movie, noise):
    """A movie of five frames shown at 0, 50, 500, 550 and 2000 ms."""
    return write_movie(noise(5), pts=[0, 1, 10, 11, 40], rate=Fraction(20))


def numbers_on(path, cells) -> list[int]:
    """Tell the numbers of the frames at (x, y, width, height)."""
    picture = np.asarray(Image.open(path).convert("L")).astype(int)
    return [round((picture[y + height // 2, x + width // 2] - 10) / 10) for x, y, width, height in cells]


def pictures_of(path) -> list[tuple[int, int]]:
    """Give the frame number and milliseconds of each picture of an animation."""
    shown = []
    with Image.open(path) as animation:
        for place in range(animation.n_frames):
            animation.seek(place)
            level = int(np.asarray(animation.convert("L"))[24, 32])
            shown.append((round((level - 10) / 10), animation.info["duration"]))
    return shown


def test_a_player_finds_each_time_on_a_sheet(greys, tmp_path):
    order = Order(
        frames=[0, 5, 10, 15, 19], layout="sprites", columns=2, rows=2, width=16, image_format="png"
    )

    made = extract(greys, tmp_path, order)

    assert made.files == (
        ("sprite-000.png", "image/png"),
        ("sprite-001.png", "image/png"),
        ("sprites.vtt", "text/vtt; charset=utf-8"),
    )
    assert (tmp_path / "sprites.vtt").read_text() == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:00.200\nsprite-000.png#xywh=0,0,16,12\n\n"
        "00:00:00.200 --> 00:00:00.400\nsprite-000.png#xywh=16,0,16,12\n\n"
        "00:00:00.400 --> 00:00:00.600\nsprite-000.png#xywh=0,12,16,12\n\n"
        "00:00:00.600 --> 00:00:00.760\nsprite-000.png#xywh=16,12,16,12\n\n"
        "00:00:00.760 --> 00:00:00.800\nsprite-001.png#xywh=0,0,16,12\n"
    )
    cells = [(x, y, 16, 12) for y in (0, 12) for x in (0, 16)]
    assert numbers_on(tmp_path / "sprite-000.png", cells) == [0, 5, 10, 15]
    with Image.open(tmp_path / "sprite-001.png") as last:
        assert last.size == (32, 12)


def test_sprites_spread_evenly_cover_the_movie_from_its_start_to_its_end(greys, tmp_path):
    extract(greys, tmp_path, Order(count=2, layout="sprites"))

    assert (tmp_path / "sprites.vtt").read_text() == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:00.400\nsprite-000.jpg#xywh=0,0,64,48\n\n"
        "00:00:00.400 --> 00:00:00.800\nsprite-000.jpg#xywh=64,0,64,48\n"
    )


def test_cues_ascend_whatever_the_order_of_the_sprites(greys, tmp_path):
    extract(greys, tmp_path, Order(frames=[10, 0, 10], layout="sprites"))

    assert (tmp_path / "sprites.vtt").read_text() == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:00.400\nsprite-000.jpg#xywh=64,0,64,48\n\n"
        "00:00:00.400 --> 00:00:00.800\nsprite-000.jpg#xywh=128,0,64,48\n"
    )


def test_sheets_are_ten_columns_of_160_px_unless_said_otherwise(write_movie, noise, tmp_path):
    path = write_movie(noise(12, 320, 240))

    made = extract(path, tmp_path, Order(count=12, layout="sprites"))

    assert (made.width, made.height) == (160, 120)
    with Image.open(tmp_path / "sprite-000.jpg") as sheet:
        assert sheet.size == (1600, 240)


def test_a_sheet_above_the_limit_is_refused(greys, tmp_path):
    order = Order(count=20, layout="sprites", columns=20, rows=1)

    with pytest.raises(BadInput, match="a sheet of 1280x48 has more than 50,000 pixels"):
        extract(greys, tmp_path, order, limits=Limits(picture_pixels=50_000))


@pytest.mark.parametrize("image_format", ["gif", "webp"])
def test_an_animation_shows_the_frames_in_the_order_of_the_request(greys, tmp_path, image_format):
    order = Order(frames=[3, 15, 9], layout="animation", image_format=image_format, fps=5)

    made = extract(greys, tmp_path, order)

    path = tmp_path / f"animation.{image_format}"
    assert made.files == ((f"animation.{image_format}", f"image/{image_format}"),)
    assert pictures_of(path) == [(3, 200), (15, 200), (9, 200)]
    with Image.open(path) as opened:
        assert opened.info["loop"] == 0


def test_a_gif_has_the_colours_of_its_frames(write_movie, tmp_path):
    pictures = [
        np.full((48, 64, 3), colour, np.uint8) for colour in ((200, 30, 30), (30, 200, 30), (30, 30, 200))
    ]
    path = write_movie(pictures, options={"crf": "1"}, pix_fmt="yuv444p")

    extract(path, tmp_path, Order(frames=[0, 1, 2], layout="animation", image_format="gif", fps=10))

    with Image.open(tmp_path / "animation.gif") as gif:
        for place, picture in enumerate(pictures):
            gif.seek(place)
            assert np.abs(np.asarray(gif.convert("RGB"))[20, 20].astype(int) - picture[0, 0]).max() < 16


def test_a_long_animation_is_made_through_a_window(greys, tmp_path, monkeypatch):
    order = Order(frames=[*range(20), 3, 1], layout="animation", image_format="gif", fps=10)
    extract(greys, tmp_path, order)
    whole = (tmp_path / "animation.gif").read_bytes()
    for name in ("animation", "tray"):
        monkeypatch.setattr(f"pipelines.stills.{name}.WINDOW_BYTES", 64 * 48 * 3 * 4)

    extract(greys, tmp_path, order)

    assert (tmp_path / "animation.gif").read_bytes() == whole


def test_frames_stay_as_long_as_in_the_movie(uneven):
    with Frames(uneven) as frames:
        index = frames.index

    neighbours = durations_ms(index, [0, 1, 2, 3, 4], None, 1)
    scattered = durations_ms(index, [0, 4], None, 1)
    backwards = durations_ms(index, [3, 1, 0], None, 1)

    assert neighbours == [50, 450, 50, 1450, 50]
    assert scattered == [1000, 50]  # nobody waits 2 s
    assert backwards == [1450, 450, 50]


def test_the_rounding_of_a_gifs_times_does_not_add_up(greys):
    with Frames(greys) as frames:
        durations = durations_ms(frames.index, list(range(20)), 30, 10)

    assert set(durations) == {30, 40}
    assert sum(durations) == 670


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (
            Order(count=3, layout="animation", image_format="gif", fps=51),
            "a gif shows at most 50 frames a second",
        ),
        (
            Order(count=3, layout="animation", image_format="webp", fps=101),
            "fps 101 is not above 0 and at most 100",
        ),
        (Order(count=3, layout="animation", image_format="webp", fps=0), "fps 0 is not above 0"),
    ],
)
def test_a_rate_that_cannot_be_shown_is_refused(greys, tmp_path, order, message):
    with pytest.raises(BadInput, match=message):
        extract(greys, tmp_path, order)


def test_where_a_frame_is_damaged_the_picture_before_it_stays(write_movie, tmp_path):
    pictures = [np.full((48, 64, 3), 10 + 10 * number, np.uint8) for number in range(12)]
    path = write_movie(pictures, options={"g": "3", "bf": "0", "crf": "4"})
    with Frames(path) as frames:
        packet = frames.index.order[4]
        start, size = int(frames.index.offset[packet]), int(frames.index.size[packet])
    data = bytearray(path.read_bytes())
    data[start : start + size] = bytes(size)
    path.write_bytes(data)
    order = Order(frames=[3, 4, 6], layout="animation", image_format="webp", fps=10)

    made = extract(path, tmp_path, order)

    assert made.damaged == (4,)
    assert [number for number, _ in pictures_of(tmp_path / "animation.webp")] in ([3, 6], [3, 3, 6])


def test_regions_of_other_sizes_fit_into_the_first(greys, tmp_path):
    order = Order(
        frames=[3, 4],
        rois=[Roi(0, 0, 64, 48), Roi(0, 0, 30, 10)],
        layout="animation",
        image_format="webp",
        fps=10,
    )

    extract(greys, tmp_path, order)

    assert pictures_of(tmp_path / "animation.webp") == [(3, 100), (4, 100)]


@pytest.mark.parametrize(
    ("seconds", "short", "long"),
    [
        (0, "0:00.000", "00:00:00.000"),
        (59.9996, "1:00.000", "00:01:00.000"),
        (125.04, "2:05.040", "00:02:05.040"),
        (3725.04, "1:02:05.040", "01:02:05.040"),
    ],
)
def test_times_are_written_as_people_and_players_read_them(seconds, short, long):
    assert (clock(seconds), vtt_clock(seconds)) == (short, long)
