"""A movie is turned by what its file says: every packet stays, and all who look see it turned."""

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pipelines.rotate import rotate
from pipelines.video import luma_frames, probe
from pipelines.video.frames import Frames
from pipelines.video.index import read_index

TURNED = {  # what numpy calls each turn of a picture (height, width)
    (0, "horizontal"): lambda p: p[:, ::-1],
    (0, "vertical"): lambda p: p[::-1],
    (90, "none"): lambda p: np.rot90(p, -1),
    (180, "none"): lambda p: p[::-1, ::-1],
    (270, "none"): lambda p: np.rot90(p, 1),
    (90, "horizontal"): lambda p: np.rot90(p[:, ::-1], -1),
    (90, "vertical"): lambda p: np.rot90(p[::-1], -1),
    (270, "horizontal"): lambda p: np.rot90(p[:, ::-1], 1),
    (180, "vertical"): lambda p: p[:, ::-1],
}


def packets(path: Path) -> dict[int, list[tuple[str, int | None, Fraction]]]:
    """Give (digest, pts, time base) of every packet, by track."""
    found: dict = {}
    with av.open(path) as container:
        for packet in container.demux():
            if packet.size:
                digest = hashlib.sha256(bytes(packet)).hexdigest()
                found.setdefault(packet.stream_index, []).append((digest, packet.pts, packet.time_base))
    return found


def lumas(path: Path) -> list[np.ndarray]:
    return [frame.luma.copy() for frame in luma_frames(path)]


def seconds(path: Path) -> list[float]:
    return [frame.seconds for frame in luma_frames(path)]


@pytest.fixture
def write_sounding(tmp_path):
    """Give a writer of a movie with sound, a title, and frames that stand unevenly in time."""

    def write(name: str, **container_options) -> Path:
        path = tmp_path / name
        rng = np.random.default_rng(3)
        with av.open(path, "w", container_options=container_options) as container:
            container.metadata["title"] = "Seedling"
            video = container.add_stream("libx264", rate=25, options={"g": "8", "bf": "2"})
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            video.codec_context.time_base = Fraction(1, 1000)
            audio = container.add_stream("aac", rate=44100)
            audio.metadata["language"] = "deu"
            for i, at in enumerate((0, 40, 80, 200, 240, 300, 340, 600, 640, 1000)):
                grey = np.kron(rng.integers(0, 255, (12, 16), dtype=np.uint8), np.ones((4, 4), np.uint8))
                frame = av.VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, 2), "rgb24")
                frame.pts, frame.time_base = at, Fraction(1, 1000)
                container.mux(video.encode(frame))
                tone = np.sin(np.arange(4410) / 9 + i).astype(np.float32)[None]
                sound = av.AudioFrame.from_ndarray(np.repeat(tone, 2, 0), "fltp", "stereo")
                sound.sample_rate, sound.pts = 44100, i * 4410
                container.mux(audio.encode(sound))
            container.mux(video.encode(None))
            container.mux(audio.encode(None))
        return path

    return write


@pytest.mark.parametrize(("rotation", "flip"), list(TURNED))
@pytest.mark.parametrize("name", ["m.mp4", "m.mov", "m.mkv"])
def test_every_frame_is_shown_turned(name, rotation, flip, write_movie, noise, tmp_path):
    path = write_movie(noise(5), name=name)
    turned = TURNED[rotation, flip]

    made = rotate(path, tmp_path, rotation=rotation, flip=flip)

    assert made.method == "metadata"
    for before, after in zip(lumas(path), lumas(tmp_path / made.file), strict=True):
        np.testing.assert_array_equal(after, turned(before))


@pytest.mark.parametrize("start", [0, 90, 180, 270])
def test_a_movie_that_is_turned_already_is_turned_from_how_it_is_shown(start, write_movie, noise, tmp_path):
    path = write_movie(noise(2), rotate=start)

    made = rotate(path, tmp_path, rotation=90, flip="horizontal")

    assert made.before == ((64, 48) if start in {0, 180} else (48, 64))
    assert made.after == made.before[::-1]
    np.testing.assert_array_equal(lumas(tmp_path / made.file)[0], np.rot90(lumas(path)[0][:, ::-1], -1))


@pytest.mark.parametrize("name", ["m.mp4", "m.mov", "m.mkv", "m.webm"])
def test_packets_times_sound_and_title_stay(name, write_sounding, write_movie, noise, tmp_path):
    path = write_sounding(name) if name != "m.webm" else write_movie(noise(5), name=name, codec="libvpx-vp9")
    out = tmp_path / "out"
    out.mkdir()

    made = rotate(path, out, rotation=90)

    assert (made.method, made.bit_identical, made.lossless) == ("metadata", True, True)
    assert (out / made.file).suffix == path.suffix
    assert packets(out / made.file) == packets(path)
    with av.open(out / made.file) as container, av.open(path) as source:
        assert container.metadata.get("title") == source.metadata.get("title")
        assert [s.metadata.get("language") for s in container.streams.audio] == [
            s.metadata.get("language") for s in source.streams.audio
        ]


def test_only_the_matrix_of_an_mp4_changes(write_sounding, tmp_path):
    path = write_sounding("m.mp4")
    out = tmp_path / "out"
    out.mkdir()

    made = rotate(path, out, rotation=90)

    before, after = path.read_bytes(), (out / made.file).read_bytes()
    changed = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert changed[-1] - changed[0] < 36
    assert before.rfind(b"tkhd", 0, changed[0]) > 0


@pytest.mark.parametrize(
    "flags",
    ["+faststart", "frag_keyframe+empty_moov+default_base_moof", "frag_keyframe+empty_moov+delay_moov"],
)
def test_an_mp4_is_patched_wherever_its_header_is_and_in_fragments(flags, write_sounding, tmp_path):
    path = write_sounding("m.mp4", movflags=flags)
    out = tmp_path / "out"
    out.mkdir()

    made = rotate(path, out, rotation=270)

    assert made.why.startswith("its display matrix was written anew")
    assert packets(out / made.file) == packets(path)
    np.testing.assert_array_equal(lumas(out / made.file)[7], np.rot90(lumas(path)[7]))


def test_frames_that_an_edit_list_hides_stay_hidden(write_movie, noise, tmp_path):
    path = write_movie(noise(12), pts=list(range(-4, 8)), options={"bf": "2"})
    out = tmp_path / "out"
    out.mkdir()

    made = rotate(path, out, rotation=180)

    assert read_index(out / made.file).frames == read_index(path).frames == 8
    assert seconds(out / made.file) == seconds(path)


def test_a_transport_stream_becomes_an_mp4_that_is_shown_turned(write_sounding, tmp_path):
    path = write_sounding("m.ts")

    made = rotate(path, tmp_path, rotation=90)

    assert (made.file, made.method, made.bit_identical, made.lossless) == (
        "rotated.mp4",
        "metadata",
        False,
        True,
    )
    assert made.why == (
        "its packets were written into a new file that says how they are shown, for files of kind mpegts cannot say it"
    )
    for before, after in zip(lumas(path), lumas(tmp_path / made.file), strict=True):
        np.testing.assert_array_equal(after, np.rot90(before, -1))
    assert seconds(tmp_path / made.file) == pytest.approx(seconds(path))


def test_an_avi_whose_packets_have_no_times_is_turned_by_its_pixels(write_movie, noise, tmp_path):
    path = write_movie(noise(6), name="m.avi", options={"bf": "2"})

    made = rotate(path, tmp_path, rotation=90)

    assert (made.file, made.method, made.bit_identical, made.lossless) == (
        "rotated.mp4",
        "pixels",
        False,
        False,
    )
    assert "do not say when they are shown" in made.why
    assert probe(tmp_path / made.file).frames == 6


def test_all_who_look_see_the_turned_picture(write_movie, noise, tmp_path):
    path = write_movie(noise(9), options={"g": "4"})
    out = tmp_path / "out"
    out.mkdir()

    made = rotate(path, out, rotation=90)

    found = probe(out / made.file)
    assert (found.width, found.height, found.rotation, found.mirrored) == (48, 64, 90, False)
    with Frames(path) as before, Frames(out / made.file) as after:
        pictures = [next(iter(frames.pictures([5]))).bgr() for frames in (before, after)]
    np.testing.assert_array_equal(pictures[1], np.rot90(pictures[0], -1))


def test_turning_back_gives_the_file_as_it_was(write_movie, noise, tmp_path):
    path = write_movie(noise(3))
    there, back = tmp_path / "there", tmp_path / "back"
    there.mkdir()
    back.mkdir()

    made = rotate(path, there, rotation=90)
    again = rotate(there / made.file, back, rotation=270)

    assert (back / again.file).read_bytes() == path.read_bytes()


def test_a_reader_of_ranges_is_as_good_as_a_file(write_sounding, tmp_path):
    path = write_sounding("m.mp4")
    out = tmp_path / "out"
    out.mkdir()

    with path.open("rb") as reader:
        by_header = rotate(reader, out, rotation=90)
        assert packets(out / by_header.file) == packets(path)
        by_pixels = rotate(reader, out, rotation=90, method="pixels")

    assert by_pixels.after == (48, 64)
    assert sorted(p.name for p in out.iterdir()) == ["rotated.mp4"]


def test_progress_is_told(write_movie, noise, tmp_path):
    ticks: list[tuple[int, int, str]] = []
    path = write_movie(noise(3))

    rotate(path, tmp_path, rotation=90, tick=lambda *tick: ticks.append(tick))
    rotate(path, tmp_path, rotation=90, method="pixels", tick=lambda *tick: ticks.append(tick))

    size = path.stat().st_size
    assert ticks == [(size, size, "copying"), (1, 3, "turning"), (2, 3, "turning"), (3, 3, "turning")]
