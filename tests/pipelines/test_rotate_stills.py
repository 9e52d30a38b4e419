"""A picture is turned without loss wherever its kind allows it, and its EXIF stays true to what is seen."""

import contextlib
import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from pipelines.errors import BadInput, CannotDecode
from pipelines.rotate import jpeg_transform, rotate
from pipelines.rotate.orientation import turned_exif
from pipelines.video.turn import Turn

ORIENTATION, MAKER, NOTE = 0x0112, 0x010F, 0x010E
SAVED = {
    "jpg": {"quality": 90},
    "png": {},
    "webp": {"lossless": True, "exact": True},
    "tif": {"compression": "tiff_lzw"},
}


def blocks(width=64, height=48) -> np.ndarray:
    rng = np.random.default_rng(2)
    small = rng.integers(0, 255, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
    return np.kron(small, np.ones((8, 8, 1), np.uint8))[:height, :width].copy()


def shown(path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB")).astype(int)


def orientation(path) -> int | None:
    with Image.open(path) as picture:
        return picture.getexif().get(ORIENTATION)


def coefficients(data: bytes) -> bytes:
    """Give a JPEG's compressed picture: all from its scan on."""
    return data[data.index(b"\xff\xda") :]


@pytest.fixture
def picture(tmp_path):
    """Give a writer of a picture with EXIF of this orientation, or none."""

    def write(suffix: str, turned: int | None = None, width=64, height=48, **options):
        path = tmp_path / f"picture.{suffix}"
        exif = Image.Exif()
        if turned is not None:
            exif[ORIENTATION], exif[MAKER] = turned, "Lens & Co"
            options["exif"] = exif
        Image.fromarray(blocks(width, height)).save(path, **(SAVED.get(suffix, {}) | options))
        return path

    return write


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("turned", [None, 1, 3, 6, 7])
def test_exif_turns_a_picture_and_leaves_its_data_alone(suffix, turned, picture, out):
    path = picture(suffix, turned)

    made = rotate(path, out, rotation=90)

    assert (made.file, made.method, made.bit_identical, made.lossless) == (
        f"rotated.{suffix}",
        "metadata",
        True,
        True,
    )
    assert made.after == made.before[::-1]
    np.testing.assert_array_equal(shown(out / made.file), np.rot90(shown(path), -1))
    if suffix == "jpg":
        assert coefficients((out / made.file).read_bytes()) == coefficients(path.read_bytes())


@pytest.mark.parametrize(
    ("now", "rotation", "flip", "then"),
    [
        (1, 90, "none", 6),
        (6, 90, "none", 3),
        (6, 270, "none", 1),
        (2, 0, "horizontal", 1),
        (1, 0, "vertical", 4),
    ],
)
def test_the_orientation_follows_from_the_one_before(now, rotation, flip, then, picture, out):
    made = rotate(picture("jpg", now), out, rotation=rotation, flip=flip)

    assert orientation(out / made.file) == then


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "bmp", "gif"])
@pytest.mark.parametrize("flip", ["none", "horizontal"])
def test_pixels_are_turned_without_loss(suffix, flip, picture, out):
    path = picture(suffix, 6 if suffix in SAVED else None)
    wanted = shown(path)[:, ::-1] if flip == "horizontal" else shown(path)

    made = rotate(path, out, rotation=90, flip=flip, method="pixels")

    assert (made.method, made.why, made.lossless) == ("pixels", "its pixels were turned", True)
    assert orientation(out / made.file) in {None, 1}
    np.testing.assert_array_equal(shown(out / made.file), np.rot90(wanted, -1))


@pytest.mark.parametrize("suffix", ["bmp", "gif", "avif"])
def test_what_has_no_place_for_an_orientation_is_turned_by_its_pixels(suffix, picture, out):
    made = rotate(picture(suffix), out, rotation=90)

    assert (made.method, made.after) == ("pixels", (48, 64))
    assert made.why == f"its pixels were turned, for files of kind {suffix} have no place for an orientation"


def test_an_avif_is_turned_from_how_it_is_shown(picture, out):
    path = picture("avif", 6)

    made = rotate(path, out, rotation=180, method="pixels")

    assert (made.before, made.after, made.lossless) == ((48, 64), (48, 64), False)
    assert np.abs(np.rot90(shown(path), 2) - shown(out / made.file)).mean() < 12


def test_a_jpeg_whose_sides_are_whole_blocks_goes_the_way_that_is_there(picture, out):
    path = picture("jpg", 6)
    has_library = jpeg_transform._library() is not None

    made = rotate(path, out, rotation=90, method="pixels")

    assert (made.method, made.before, made.after) == ("pixels", (48, 64), (64, 48))
    assert made.lossless is has_library
    assert made.why == (
        "its coefficients were turned, without loss"
        if has_library
        else "its pixels were turned and encoded anew, for libturbojpeg is not installed"
    )
    assert orientation(out / made.file) == 1
    assert np.abs(np.rot90(shown(path), -1) - shown(out / made.file)).mean() < (1 if has_library else 12)


def test_without_the_library_a_jpeg_is_encoded_anew_and_says_so(picture, out, monkeypatch):
    monkeypatch.setattr(jpeg_transform, "_library", lambda: None)

    made = rotate(picture("jpg"), out, rotation=90, method="pixels")

    assert made.why == "its pixels were turned and encoded anew, for libturbojpeg is not installed"
    assert made.lossless is False


def test_no_edge_of_a_jpeg_is_cut_off(picture, out):
    path = picture("jpg", width=67, height=45)

    made = rotate(path, out, rotation=90, method="pixels")

    assert (made.after, made.lossless) == ((45, 67), False)
    assert made.why.startswith("its pixels were turned and encoded anew, for ")
    assert shown(out / made.file).shape == (67, 45, 3)


def test_turned_upright_a_picture_needs_no_new_pixels(picture, out):
    path = picture("jpg", 6)

    made = rotate(path, out, rotation=270, method="pixels")

    assert (made.bit_identical, made.after) == (True, (64, 48))
    assert coefficients((out / made.file).read_bytes()) == coefficients(path.read_bytes())
    assert orientation(out / made.file) == 1


def test_what_else_exif_says_stays(picture, out):
    for method in ("metadata", "pixels"):
        made = rotate(picture("jpg", 6), out, rotation=90, method=method)
        with Image.open(out / made.file) as turned:
            assert turned.getexif()[MAKER] == "Lens & Co"


def test_an_orientation_that_is_missing_is_added_behind_all_else():
    exif = Image.Exif()
    exif[MAKER], exif[NOTE] = "Lens & Co", "a leaf, on the third day"
    before = exif.tobytes().removeprefix(b"Exif\0\0")

    after = turned_exif(before, Turn(90))

    assert after[8 : len(before)] == before[8:]
    read = Image.Exif()
    read.load(b"Exif\0\0" + after)
    assert dict(read) == {ORIENTATION: 6, MAKER: "Lens & Co", NOTE: "a leaf, on the third day"}


@pytest.mark.parametrize("damaged", [b"", b"II*\0", b"II*\0\xff\xff\xff\x7f", b"MM\0*\0\0\0\x08\xff\xff"])
def test_damaged_exif_is_replaced(damaged):
    read = Image.Exif()

    read.load(b"Exif\0\0" + turned_exif(damaged, Turn(180)))

    assert dict(read) == {ORIENTATION: 3}


def test_sixteen_bits_stay_sixteen_bits(tmp_path, out):
    path = tmp_path / "deep.png"
    deep = np.random.default_rng(0).integers(0, 65535, (20, 30, 3), dtype=np.uint16)
    cv2.imwrite(str(path), deep)

    made = rotate(path, out, rotation=90, method="pixels")

    np.testing.assert_array_equal(cv2.imread(str(out / made.file), cv2.IMREAD_UNCHANGED), np.rot90(deep, -1))


def test_an_animation_is_a_movie(tmp_path, out):
    path = tmp_path / "moving.gif"
    frames = [Image.fromarray(np.full((48, 64, 3), grey, np.uint8)) for grey in (20, 120, 220)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)

    made = rotate(path, out, rotation=90)

    assert (made.file, made.method, made.after) == ("rotated.mp4", "pixels", (48, 64))


def test_a_bomb_is_refused_by_its_header(tmp_path, out):
    path = tmp_path / "bomb.png"
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = b"IDAT" + zlib.compress(bytes(1000))
    chunks = [
        struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c))
        for c in (header, pixels, b"IEND")
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))

    with pytest.raises(BadInput) as refused:
        rotate(path, out, rotation=90)

    assert refused.value.code == "too_many_pixels"


@pytest.mark.parametrize(
    ("limits", "code"),
    [({"pixels_limit": 1000}, "too_many_pixels"), ({"still_bytes_limit": 10}, "too_large")],
)
def test_limits_are_kept(limits, code, picture, out):
    with pytest.raises(BadInput) as refused:
        rotate(picture("png"), out, rotation=90, **limits)

    assert refused.value.code == code


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "bmp", "gif", "avif"])
@pytest.mark.parametrize("method", ["metadata", "pixels"])
def test_flipped_bits_end_in_a_picture_or_a_clear_refusal(suffix, method, picture, out):
    path = picture(suffix, 6 if suffix in {*SAVED, "avif"} else None)
    data, rng = path.read_bytes(), np.random.default_rng(11)

    for _ in range(40):
        damaged = bytearray(data[: rng.integers(16, len(data))] if rng.random() < 0.3 else data)
        for place in rng.integers(12, len(damaged), 3):  # it stays a picture of its kind
            damaged[place] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        with contextlib.suppress(BadInput, CannotDecode):
            rotate(path, out, rotation=90, method=method)


def test_pictures_that_cannot_be_read_are_refused_by_name(tmp_path, out):
    heic, animated, pages = tmp_path / "a.heic", tmp_path / "a.webp", tmp_path / "a.tif"
    heic.write_bytes(struct.pack(">I4s4sI", 24, b"ftyp", b"heic", 0) + bytes(100))
    frames = [Image.fromarray(np.full((48, 64, 3), grey, np.uint8)) for grey in (20, 220)]
    frames[0].save(animated, save_all=True, append_images=frames[1:], duration=100)
    frames[0].save(pages, save_all=True, append_images=frames[1:])

    codes = []
    for path in (heic, animated, pages):
        with pytest.raises(BadInput) as refused:
            rotate(io.BytesIO(path.read_bytes()), out, rotation=90)
        codes.append(refused.value.code)

    assert codes == ["unsupported_picture", "unsupported_picture", "several_pages"]
