"""Pictures cut, scaled, measured and made into files."""

import io

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from pipelines.errors import BadInput
from pipelines.stills.detail import POOR_DETAIL, detail
from pipelines.stills.image import encode_picture
from pipelines.stills.region import Roi, crop
from pipelines.stills.scale import check_pixels, fit, scale, scaled_size
from pipelines.stills.small import can_shrink, shrink


@pytest.fixture
def scene() -> np.ndarray:
    """A wall of coloured squares with shades."""
    rng = np.random.default_rng(3)
    squares = np.kron(rng.integers(20, 235, (12, 16, 3), dtype=np.uint8), np.ones((20, 20, 1), np.uint8))
    shade = np.linspace(0.6, 1.0, 320)[None, :, None]
    return (squares * shade).astype(np.uint8)


def solid_frame(bgr, size, *, matrix, full_range=False) -> av.VideoFrame:
    """Give a frame of one colour, as a camera of that matrix (ITU-T H.273) would code it."""
    kr, kb = {1: (0.2126, 0.0722), 6: (0.299, 0.114)}[matrix]
    blue, green, red = (c / 255 for c in bgr)
    y = kr * red + (1 - kr - kb) * green + kb * blue
    u, v = (blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr)
    coded = (255 * y, 128 + 255 * u, 128 + 255 * v)
    if not full_range:
        coded = (16 + 219 * y, 128 + 224 * u, 128 + 224 * v)
    width, height = size
    shapes = ((height, width), (height // 4, width), (height // 4, width))
    planes = [np.full(shape, round(c), np.uint8) for shape, c in zip(shapes, coded, strict=True)]
    frame = av.VideoFrame.from_ndarray(np.concatenate(planes), "yuvj420p" if full_range else "yuv420p")
    frame.colorspace, frame.color_range = matrix, 2 if full_range else 1
    return frame


def test_a_region_is_the_pixels_between_its_edges(scene):
    scene[30, 50] = (1, 2, 3)

    cut = crop(scene, Roi(50, 30, 20, 10))

    assert cut.shape == (10, 20, 3)
    assert cut[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("roi", "message"),
    [
        (Roi(300, 0, 21, 10), "rois[2]: 21x10 at (300, 0) is outside the picture of 320x240"),
        (Roi(0, 231, 10, 10), "rois[2]: 10x10 at (0, 231) is outside the picture of 320x240"),
        (Roi(-1, 0, 10, 10), "rois[2]: 10x10 at (-1, 0) is outside the picture of 320x240"),
        (Roi(0, 0, 0, 10), "rois[2]: width 0 leaves nothing of the picture"),
        (Roi(0, 0, 10, -5), "rois[2]: height -5 leaves nothing of the picture"),
    ],
)
def test_a_region_outside_the_picture_is_refused_with_the_pictures_size(scene, roi, message):
    with pytest.raises(BadInput) as refusal:
        crop(scene, roi, "rois[2]")

    assert refusal.value.message == message
    assert refusal.value.code == "roi_outside"


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (None, None, (1920, 1080)),
        (320, None, (320, 180)),
        (None, 100, (178, 100)),
        (50, 60, (50, 60)),
        (1, None, (1, 1)),
    ],
)
def test_one_side_keeps_the_aspect(width, height, expected):
    assert scaled_size((1920, 1080), width, height) == expected


def test_a_size_above_the_limit_is_refused_with_the_limit():
    with pytest.raises(BadInput, match="a montage of 40000x30000 has more than 100,000,000 pixels"):
        check_pixels((40_000, 30_000), 100_000_000, "a montage")


def test_a_smaller_picture_has_the_means_of_areas():
    checks = np.zeros((40, 40, 3), np.uint8)
    checks[::2, ::2] = checks[1::2, 1::2] = 200

    small = scale(checks, (20, 20))

    assert np.unique(small).tolist() == [100]


def test_a_picture_of_another_aspect_lies_in_the_middle_on_black():
    tall = np.full((40, 20, 3), 90, np.uint8)

    fitted = fit(tall, (40, 20))

    assert fitted.shape == (20, 40, 3)
    assert fitted[10, ::5, 0].tolist() == [0, 0, 0, 90, 90, 0, 0, 0]


@pytest.mark.parametrize(
    ("image_format", "allowed"), [("jpeg", 3.0), ("webp", 4.0), ("avif", 3.0), ("png", 0)]
)
def test_a_file_of_each_format_shows_the_picture(scene, image_format, allowed):
    data = encode_picture(scene, image_format, 95)

    with Image.open(io.BytesIO(data)) as opened:
        shown = np.asarray(opened.convert("RGB"))[:, :, ::-1].astype(float)
        assert opened.format == image_format.upper()
    assert np.abs(shown - scene).mean() <= allowed


@pytest.mark.parametrize("image_format", ["jpeg", "webp", "avif", "png"])
def test_equal_pictures_give_equal_bytes(scene, image_format):
    assert encode_picture(scene, image_format, 80) == encode_picture(scene.copy(), image_format, 80)


@pytest.mark.parametrize("image_format", ["jpeg", "webp", "avif", "png"])
def test_a_single_pixel_is_a_picture(image_format):
    data = encode_picture(np.full((1, 1, 3), 128, np.uint8), image_format)

    with Image.open(io.BytesIO(data)) as opened:
        assert opened.size == (1, 1)


def test_a_turned_view_is_encoded_as_it_is_seen(scene):
    turned = np.rot90(scene)[:, ::-1]

    shown = cv2.imdecode(np.frombuffer(encode_picture(turned, "png"), np.uint8), cv2.IMREAD_COLOR)

    assert np.array_equal(shown, turned)


@pytest.mark.parametrize("quality", [0, 101])
def test_a_quality_outside_its_range_is_refused(scene, quality):
    with pytest.raises(BadInput, match=f"quality {quality} is not between 1 and 100"):
        encode_picture(scene, "jpeg", quality)


def test_a_side_that_a_format_cannot_say_is_refused():
    strip = np.zeros((1, 16_384, 3), np.uint8)

    with pytest.raises(BadInput, match="a webp has sides of at most 16383 pixels; this would be 16384x1"):
        encode_picture(strip, "webp")


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", [1, 6])
def test_a_shrunk_frame_has_the_colours_that_were_filmed(matrix, full_range):
    filmed = (40, 60, 200)
    frame = solid_frame(filmed, (1280, 720), matrix=matrix, full_range=full_range)

    small = shrink(frame, (320, 180))

    assert small.shape == (180, 320, 3)
    assert np.abs(small.astype(int) - filmed).max() <= 3


def test_a_shrunk_frame_equals_the_means_of_the_whole_one(scene):
    frame = av.VideoFrame.from_ndarray(scene, "bgr24").reformat(format="yuv420p")
    whole = frame.to_ndarray(format="bgr24")

    small = shrink(frame, (80, 60))

    assert np.abs(small.astype(int) - scale(whole, (80, 60))).mean() < 2


def test_only_much_smaller_pictures_of_common_formats_are_shrunk_directly(scene):
    rgb = av.VideoFrame.from_ndarray(scene, "bgr24")
    yuv = rgb.reformat(format="yuv420p")

    answers = [can_shrink(rgb, (80, 60)), can_shrink(yuv, (80, 60)), can_shrink(yuv, (161, 60))]

    assert answers == [False, True, False]


def test_black_blank_and_blurred_pictures_show_little(scene):
    rng = np.random.default_rng(1)
    dark = np.clip(rng.normal(4, 3, scene.shape), 0, 255).astype(np.uint8)
    title = np.zeros_like(scene)
    cv2.putText(title, "The movie", (60, 130), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (255, 255, 255), 2)
    poor = {
        "black": np.zeros_like(scene),
        "noise in the dark": dark,
        "white": np.full_like(scene, 250),
        "title": title,
        "blurred": cv2.GaussianBlur(scene, (0, 0), 25),
    }

    detail_by_name = {name: detail(picture) for name, picture in poor.items()}

    assert all(value < POOR_DETAIL for value in detail_by_name.values()), detail_by_name
    assert detail(scene) > POOR_DETAIL
