"""What `probe` says of sound movies."""

import io
import json
from fractions import Fraction

import av
import pytest
from PIL import Image

from pipelines.video import luma_frames, probe

KINDS = {
    "h264.mp4": ("libx264", "yuv420p", "mov,mp4,m4a,3gp,3g2,mj2", "h264"),
    "h264.mkv": ("libx264", "yuv420p", "matroska,webm", "h264"),
    "h264.avi": ("libx264", "yuv420p", "avi", "h264"),
    "h264.ts": ("libx264", "yuv420p", "mpegts", "h264"),
    "mjpeg.avi": ("mjpeg", "yuvj420p", "avi", "mjpeg"),
    "vp8.webm": ("libvpx", "yuv420p", "matroska,webm", "vp8"),
    "vp9.webm": ("libvpx-vp9", "yuv420p", "matroska,webm", "vp9"),
    "mpeg4.mp4": ("mpeg4", "yuv420p", "mov,mp4,m4a,3gp,3g2,mj2", "mpeg4"),
    "ffv1.mkv": ("ffv1", "bgr0", "matroska,webm", "ffv1"),
    "loop.gif": ("gif", "rgb8", "gif", "gif"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_movie_is_described_and_its_frame_count_is_that_of_a_full_decode(name, write_movie, noise):
    codec, pix_fmt, container, said = KINDS[name]
    path = write_movie(noise(12), name=name, codec=codec, pix_fmt=pix_fmt)

    told = probe(path)

    assert (told.container, told.codec, told.width, told.height) == (container, said, 64, 48)
    assert (told.frames, told.fps_fraction, told.variable_rate) == (12, "25/1", False)
    assert told.duration_seconds == pytest.approx(0.48, abs=0.002)
    assert (told.audio, told.rotation, told.truncated, told.encrypted) == (None, 0, False, False)
    assert [frame.index for frame in luma_frames(path)] == list(range(12))


def test_frames_are_counted_without_the_ones_that_an_edit_list_hides(tmp_path, write_movie, noise):
    whole = write_movie(noise(30), name="whole.mp4", options={"g": "30", "bf": "2"})
    path = tmp_path / "edited.mp4"
    with av.open(whole) as source, av.open(path, "w", options={"use_editlist": "1"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.pts -= 10 * 512  # ten frames are shown before the beginning: hidden
                packet.dts -= 10 * 512
                packet.stream = stream
                target.mux(packet)

    told = probe(path)

    assert told.frames == 20
    assert len(list(luma_frames(path))) == 20


def test_a_movie_with_b_frames_is_counted_and_given_in_the_order_shown(write_movie, noise):
    path = write_movie(noise(17), options={"bf": "3", "b_strategy": "0"})

    seconds = [frame.seconds for frame in luma_frames(path)]

    assert probe(path).frames == 17
    assert seconds == pytest.approx([index / 25 for index in range(17)])


def test_a_rate_of_television_is_told_exactly(write_movie, noise):
    path = write_movie(noise(5), rate=Fraction(30000, 1001))

    told = probe(path)

    assert told.fps_fraction == "30000/1001"
    assert told.fps == pytest.approx(29.97003)


@pytest.mark.parametrize(("pts", "is_variable"), [([0, 1, 2, 3], False), ([0, 1, 4, 5], True)])
def test_uneven_frames_make_a_variable_rate(pts, is_variable, write_movie, noise):
    path = write_movie(noise(4), pts=pts)

    told = probe(path)

    assert told.variable_rate is is_variable


@pytest.mark.parametrize(
    ("rotate", "shown"), [(0, (64, 48)), (90, (48, 64)), (180, (64, 48)), (270, (48, 64))]
)
def test_the_size_is_that_of_the_upright_picture(rotate, shown, write_movie, noise):
    path = write_movie(noise(3), rotate=rotate)

    told = probe(path)

    assert (told.rotation, told.width, told.height) == (rotate, *shown)
    assert (told.coded_width, told.coded_height) == (64, 48)


def test_odd_sides_and_depth_and_range_are_told(write_movie, noise):
    path = write_movie(noise(3, 65, 49), pix_fmt="yuv444p10le", full_range=True)

    told = probe(path)

    assert (told.width, told.height, told.pixel_format, told.bit_depth) == (65, 49, "yuv444p10le", 10)
    assert told.colour.range == "full"


@pytest.mark.parametrize(
    ("suffix", "container", "codec"), [(".png", "png_pipe", "png"), (".jpg", "jpeg_pipe", "mjpeg")]
)
def test_a_still_picture_is_a_movie_of_one_frame(suffix, container, codec, still):
    told = probe(still(suffix))

    assert (told.container, told.codec, told.frames) == (container, codec, 1)
    assert (told.width, told.height) == (64, 48)


def test_an_encrypted_movie_is_described(write_movie, noise):
    keys = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "1" * 32, "encryption_kid": "2" * 32}
    path = write_movie(noise(5), container_options=keys)

    told = probe(path)

    assert (told.encrypted, told.frames, told.width) == (True, 5, 64)


def test_sound_is_told(tmp_path, write_movie, noise):
    path = tmp_path / "sound.mp4"
    with av.open(path, "w") as container:
        picture = container.add_stream("libx264", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("aac", rate=48000, layout="stereo")
        for shown in noise(3):
            container.mux(picture.encode(av.VideoFrame.from_ndarray(shown, "rgb24")))
        silence = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        silence.sample_rate = 48000
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(sound.encode(silence))
        container.mux(sound.encode(None))
        container.mux(picture.encode(None))

    told = probe(path)

    assert told.audio is not None
    assert (told.audio.codec, told.audio.channels, told.audio.sample_rate) == ("aac", 2, 48000)


def test_a_reader_is_as_good_as_a_path_and_what_is_told_is_json(write_movie, noise):
    path = write_movie(noise(5))

    told = probe(io.BytesIO(path.read_bytes()))

    assert told == probe(path)
    assert json.loads(json.dumps(told.as_dict()))["colour"]["range"] is None
    assert told.size_bytes == path.stat().st_size


def test_a_photograph_stands_as_its_exif_says(tmp_path):
    path = tmp_path / "phone.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    Image.new("RGB", (64, 48)).save(path, exif=exif)

    found = probe(path)

    assert (found.width, found.height, found.rotation, found.frames) == (48, 64, 90, 1)
