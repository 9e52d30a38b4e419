"""Frames taken out of movies, a file each or on one grid."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from pipelines.errors import BadInput, CannotDecode
from pipelines.stills import Limits, Order, Roi, extract, extract_from
from pipelines.video.frames import Frames


@pytest.fixture
def greys(write_movie):
    """A movie of 20 frames of 64x48 at 25 a second; frame n is grey of level 10 + 10 n, its top left pixels are red."""
    pictures = []
    for number in range(20):
        picture = np.full((48, 64, 3), 10 + 10 * number, np.uint8)
        picture[:16, :16] = (200, 0, 0)
        pictures.append(picture)
    return write_movie(pictures, options={"g": "5", "crf": "4"}, pix_fmt="yuv420p")


def read(path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_COLOR).astype(int)


def grey_number(picture) -> int:
    """Tell a frame's number by the level in its middle."""
    height, width = picture.shape[:2]
    return round((picture[height // 2, width // 2, 1] - 10) / 10)


def test_each_frame_becomes_a_file_named_after_its_number(greys, tmp_path):
    made = extract(greys, tmp_path, Order(frames=[12, 3, 19], image_format="png"))

    assert made.files == (
        ("frame-000012.png", "image/png"),
        ("frame-000003.png", "image/png"),
        ("frame-000019.png", "image/png"),
    )
    assert [grey_number(read(tmp_path / name)) for name, _ in made.files] == [12, 3, 19]
    assert [(shown.number, shown.seconds) for shown in made.frames] == [(12, 0.48), (3, 0.12), (19, 0.76)]
    assert (made.width, made.height, made.damaged) == (64, 48, ())
    assert not list(tmp_path.glob(".unfinished-*"))


def test_frames_are_found_by_the_time_at_which_they_are_on_show(greys, tmp_path):
    made = extract(greys, tmp_path, Order(seconds=[0.0, 0.079, 0.08, 0.8]))

    assert [shown.number for shown in made.frames] == [0, 1, 2, 19]


def test_a_count_takes_the_middle_of_equal_spans(greys, tmp_path):
    made = extract(greys, tmp_path, Order(count=4))

    assert [shown.number for shown in made.frames] == [2, 7, 12, 17]


@pytest.mark.parametrize(
    ("order", "code", "message"),
    [
        (Order(), "bad_selection", "give one of frames, seconds and count; none of them was given"),
        (Order(frames=[1], count=2), "bad_selection", "frames and count was given"),
        (
            Order(frames=[3, 20]),
            "frame_outside",
            r"frames\[1\]: there is no frame 20; the movie has 20 frames",
        ),
        (Order(frames=[-1]), "frame_outside", "there is no frame -1"),
        (Order(frames=[1.5]), "frame_outside", r"there is no frame 1\.5"),
        (
            Order(seconds=[0.9]),
            "frame_outside",
            r"seconds\[0\]: 0.9 s is outside the movie, which lasts 0.8 s",
        ),
        (Order(seconds=[float("nan")]), "frame_outside", "nan s is outside the movie"),
        (Order(count=21), "frame_outside", "count 21 is not between 1 and the movie's 20 frames"),
        (Order(frames=[4, 4]), "bad_selection", r"frames\[0\] and frames\[1\] are both frame 4"),
        (Order(frames=[1] * 1001, layout="montage"), "too_many_frames", "1001 frames; the limit is 1000"),
        (Order(frames=[1], rois=[Roi(60, 0, 5, 5)]), "roi_outside", "outside the picture of 64x48"),
        (Order(frames=[1, 2, 3], rois=[Roi(0, 0, 5, 5)] * 2), "bad_rois", "2 rois for 3 frames"),
        (Order(frames=[1], width=0), "bad_size", "width 0: a picture has at least 1 pixel"),
        (Order(frames=[1], width=20_000), "too_many_pixels", "a frame of 20000x15000 has more than"),
        (Order(frames=[1], layout="montage", columns=99_999), "too_many_pixels", "a montage of 6399936x48"),
        (Order(count=5, layout="montage", columns=2, rows=2), "grid_too_small", "2 x 2 cells do not hold 5"),
        (Order(frames=[1], layout="montage", rows=0), "grid_too_small", "1 x 0 cells do not hold 1"),
        (Order(count=9, layout="sprites", columns=0), "grid_too_small", "columns 0: a sheet has at least 1"),
        (Order(frames=[1], quality=0), "bad_quality", "quality 0 is not between 1 and 100"),
        (Order(frames=[1], image_format="gif"), "bad_format", "a gif is made of layout 'animation' only"),
        (Order(frames=[1], layout="animation"), "bad_format", "an animation is a gif or webp, not jpeg"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused_before_anything_is_made(
    greys, tmp_path, order, code, message
):
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(BadInput, match=message) as refusal:
        extract(greys, out, order)

    assert refusal.value.code == code
    assert not list(out.iterdir())


def test_all_pixels_together_have_a_limit(greys, tmp_path):
    with pytest.raises(BadInput, match="4 frames have 12,288 pixels; the limit is 10,000"):
        extract(greys, tmp_path, Order(count=4), limits=Limits(all_pixels=10_000))


def test_regions_are_cut_before_they_are_scaled(greys, tmp_path):
    rois = [Roi(0, 0, 16, 8), Roi(32, 16, 16, 8)]

    extract(greys, tmp_path, Order(frames=[6, 7], rois=rois, width=32, image_format="png"))

    first, second = read(tmp_path / "frame-000006.png"), read(tmp_path / "frame-000007.png")
    assert first.shape == second.shape == (16, 32, 3)
    assert np.abs(first[8, 16] - [0, 0, 200]).max() < 12
    assert grey_number(second) == 7


def test_a_turned_movie_is_given_out_upright_unless_told_not_to(write_movie, tmp_path):
    picture = np.full((48, 64, 3), 90, np.uint8)
    picture[:16, :16] = (200, 0, 0)
    path = write_movie([picture] * 3, rotate=90)

    upright = extract(path, tmp_path, Order(frames=[1], image_format="png"))
    turned = read(tmp_path / "frame-000001.png")
    small = extract(path, tmp_path, Order(frames=[2], height=16, image_format="png"))
    stored = extract(path, tmp_path, Order(frames=[0], upright=False))

    assert (upright.width, upright.height) == (48, 64)
    assert turned[5, -5, 2] > 150 > turned[5, 5, 2]  # top left, turned clockwise, is top right
    shrunk = read(tmp_path / "frame-000002.png")
    assert (small.width, small.height) == (12, 16)
    assert shrunk[1, -2, 2] > 150 > shrunk[1, 1, 2]
    assert (stored.width, stored.height) == (64, 48)


def test_a_montage_is_as_square_as_can_be_row_by_row_and_black_where_unused(greys, tmp_path):
    made = extract(greys, tmp_path, Order(frames=[9, 2, 5, 2, 7], layout="montage", image_format="png"))

    assert made.files == (("montage.png", "image/png"),)
    montage = read(tmp_path / "montage.png")
    assert montage.shape == (96, 192, 3)
    cells = [montage[y : y + 48, x : x + 64] for y in (0, 48) for x in (0, 64, 128)]
    assert [grey_number(cell) for cell in cells[:5]] == [9, 2, 5, 2, 7]
    assert cells[5].max() == 0


def test_a_montage_has_the_columns_and_rows_that_were_asked_for(greys, tmp_path):
    extract(
        greys, tmp_path, Order(count=3, layout="montage", columns=2, rows=3, width=32, image_format="png")
    )

    assert read(tmp_path / "montage.png").shape == (72, 64, 3)


def test_frames_of_other_regions_are_fitted_into_the_first_ones_cell(greys, tmp_path):
    rois = [Roi(20, 20, 16, 16), Roi(20, 20, 16, 8)]

    extract(greys, tmp_path, Order(frames=[8, 9], layout="montage", rois=rois, image_format="png"))

    montage = read(tmp_path / "montage.png")
    assert montage.shape == (16, 32, 3)
    assert montage[[1, 8, 14], 24, 0].tolist()[::2] == [0, 0]
    assert round((montage[8, 24, 0] - 10) / 10) == 9


def test_a_contact_sheet_has_a_heading_and_a_caption_under_each_frame(greys, tmp_path):
    order = Order(frames=[3, 4, 5], layout="contact", columns=3, image_format="png", title="Wurzel")

    made = extract(greys, tmp_path, order)

    sheet = read(tmp_path / "contact.png")
    assert made.files == (("contact.png", "image/png"),)
    assert (made.width, made.height) == (64, 48)
    assert sheet.shape == (45 + 48 + 22 + 9, 3 * (64 + 9) + 9, 3)
    assert [grey_number(sheet[45 : 45 + 48, x : x + 64]) for x in (9, 82, 155)] == [3, 4, 5]
    assert (sheet[:45].max(), sheet[45 + 48 :, 9:73].max()) > (200, 200)


def test_frames_of_a_contact_sheet_are_320_px_wide_unless_said_otherwise(write_movie, noise, tmp_path):
    path = write_movie(noise(2, 640, 480))

    made = extract(path, tmp_path, Order(count=2, layout="contact"))

    assert (made.width, made.height) == (320, 240)


def test_a_warm_movie_serves_one_order_after_the_other(greys, tmp_path):
    with Frames(greys) as frames:
        first = extract_from(frames, tmp_path, Order(frames=[5], image_format="png"))
        second = extract_from(frames, tmp_path, Order(frames=[6, 5], layout="montage", image_format="png"))

    assert (first.damaged, second.damaged) == ((), ())
    assert grey_number(read(tmp_path / "frame-000005.png")) == 5


def test_progress_counts_frames(greys, tmp_path):
    ticks = []

    extract(greys, tmp_path, Order(count=4), tick=lambda *told: ticks.append(told))

    assert ticks == [(done, 4, "developing") for done in (1, 2, 3, 4)]


def test_nothing_is_left_behind_when_the_work_is_stopped(greys, tmp_path):
    out = tmp_path / "out"
    out.mkdir()

    def stop(done, total, phase) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract(greys, out, Order(count=4), tick=stop)

    assert not list(out.iterdir())


def blot(path, numbers) -> None:
    """Overwrite the bytes of frames with zeros."""
    with Frames(path) as frames:
        index = frames.index
    data = bytearray(path.read_bytes())
    for number in numbers:
        packet = index.order[number]
        start, size = int(index.offset[packet]), int(index.size[packet])
        data[start : start + size] = bytes(size)
    path.write_bytes(data)


def test_good_frames_still_come_and_damaged_ones_are_named(write_movie, noise, tmp_path):
    path = write_movie(noise(12), options={"g": "3", "bf": "0"})
    blot(path, [4])

    each = extract(path, tmp_path, Order(frames=[1, 4, 7]))
    extract(path, tmp_path, Order(frames=[4, 1], layout="montage", image_format="png"))
    sheet = extract(path, tmp_path, Order(frames=[1, 4], layout="contact"))

    assert each.damaged == sheet.damaged == (4,)
    assert [name for name, _ in each.files] == ["frame-000001.jpg", "frame-000007.jpg"]
    assert [shown.number for shown in each.frames] == [1, 4, 7]
    montage = read(tmp_path / "montage.png")
    assert (montage[:, :64].max(), montage[:, 64:].max() > 100) == (0, True)


def test_when_all_frames_are_damaged_nothing_is_made(write_movie, noise, tmp_path):
    path = write_movie(noise(12), options={"g": "3", "bf": "0"})
    blot(path, [4])
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(CannotDecode) as broken:
        extract(path, out, Order(frames=[4], layout="montage"))

    assert broken.value.frame == 4
    assert not list(out.iterdir())


def test_times_are_the_movies_own_where_its_rate_varies(write_movie, noise, tmp_path):
    path = write_movie(noise(5), pts=[0, 1, 10, 11, 40], rate=Fraction(20))

    made = extract(path, tmp_path, Order(seconds=[0.3, 0.5, 1.9]))

    assert [(shown.number, shown.seconds) for shown in made.frames] == [(1, 0.05), (2, 0.5), (3, 0.55)]


def test_what_was_made_can_be_told_as_json(greys, tmp_path):
    made = extract(greys, tmp_path, Order(frames=[2]))

    assert made.as_dict() == {
        "files": (("frame-000002.jpg", "image/jpeg"),),
        "frames": ({"number": 2, "seconds": 0.08},),
        "damaged": (),
        "width": 64,
        "height": 48,
    }


def test_equal_orders_give_equal_bytes(greys, tmp_path):
    outs = [tmp_path / "a", tmp_path / "b"]
    for out in outs:
        out.mkdir()
        extract(greys, out, Order(frames=[7, 1, 4], layout="contact", image_format="webp", width=48))

    assert (outs[0] / "contact.webp").read_bytes() == (outs[1] / "contact.webp").read_bytes()
