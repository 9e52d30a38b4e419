"""Sound stays in step with the pictures, whatever it was and however the movie is packed."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from pipelines.transcode import Settings, transcode

RATE = 48000
SECONDS = 2.0
BURST = 1.25  # seconds of the movie's own clock at which a tone begins
STEP = 0.012  # seconds by which AAC may smear a beginning


def tone(first: float, last: float, channels=2, rate=RATE) -> np.ndarray:
    """Give silence from `first` on, and 1 kHz from BURST to `last`: (channels, samples) int16."""
    at = np.arange(round(first * rate), round(last * rate)) / rate
    wave = np.where(at >= BURST, 12000 * np.sin(2 * np.pi * 1000 * at), 0)
    return np.repeat(wave[None].astype(np.int16), channels, axis=0)


@pytest.fixture
def write_heard(tmp_path):
    """Give a writer of movies with sound; pictures begin at `video_at`, sound at `sound_at`, seconds."""

    def write(name, codec, *, video_at=0.0, sound_at=0.0, channels=2, rate=RATE, gap=None):
        path = tmp_path / name
        with av.open(path, "w") as container:
            video = container.add_stream("mpeg4", rate=25)
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            audio = container.add_stream(codec, rate=rate, layout="mono" if channels == 1 else "stereo")
            packets = []
            for number in range(round((SECONDS - video_at) * 25)):
                frame = av.VideoFrame(64, 48, "yuv420p")
                frame.pts, frame.time_base = number + round(video_at * 25), Fraction(1, 25)
                packets += video.encode(frame)
            samples, size = tone(sound_at, SECONDS, channels, rate), audio.codec_context.frame_size or 1000
            for first in range(0, samples.shape[1] - size + 1, size):
                start = sound_at + first / rate
                if gap and gap[0] <= start < gap[1]:
                    continue
                block = np.ascontiguousarray(samples[:, first : first + size].T.reshape(1, -1))
                frame = av.AudioFrame.from_ndarray(block, "s16", "mono" if channels == 1 else "stereo")
                frame.sample_rate, frame.pts = rate, round(start * rate)
                frame.time_base = Fraction(1, rate)
                packets += audio.encode(frame)
            packets += video.encode(None) + audio.encode(None)
            for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
                container.mux(packet)
        return path

    return write


def onset(path) -> float:
    """Give when the tone begins, in seconds since the first picture, as a plain player hears it."""
    with av.open(str(path)) as container:
        first = next(frame.time for frame in container.decode(video=0))
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0].astype(float)) > 0.1)
            if len(loud):
                return frame.time + loud[0] / frame.sample_rate - first
    return -1.0


def made(path, out_dir, **settings):
    out_dir.mkdir(exist_ok=True)
    return transcode(path, out_dir, Settings(heights=(48,), preset="ultrafast", poster=False, **settings))


@pytest.mark.parametrize("packaging", ["mp4", "fmp4"])
@pytest.mark.parametrize(
    ("name", "codec", "method"),
    [
        ("heard.mp4", "aac", "copied"),
        ("heard.mkv", "aac", "copied"),
        ("heard.mkv", "pcm_s16le", "encoded"),
        ("heard.mkv", "flac", "encoded"),
        ("heard.ts", "mp2", "encoded"),
    ],
)
@pytest.mark.parametrize(("video_at", "sound_at"), [(0.0, 0.0), (0.0, 0.4), (0.4, 0.0)])
def test_a_tone_is_heard_with_the_picture_that_it_belongs_to(
    packaging, name, codec, method, video_at, sound_at, tmp_path, write_heard
):
    path = write_heard(name, codec, video_at=video_at, sound_at=sound_at)

    ladder = made(path, tmp_path / "out", packaging=packaging)

    assert ladder.sound.method == method
    assert onset(tmp_path / "out" / "48p.mp4") == pytest.approx(BURST - video_at, abs=STEP)


def test_a_gap_becomes_silence_and_what_follows_stays_in_step(tmp_path, write_heard):
    path = write_heard("gap.mkv", "pcm_s16le", gap=(0.3, 0.9))

    made(path, tmp_path / "out")

    assert onset(tmp_path / "out" / "48p.mp4") == pytest.approx(BURST, abs=STEP)


def test_copied_sound_keeps_every_packet(tmp_path, write_heard):
    path = write_heard("heard.mp4", "aac")

    made(path, tmp_path / "out")

    def packets(file) -> list[bytes]:
        with av.open(str(file)) as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    assert packets(tmp_path / "out" / "48p.mp4") == packets(path)


@pytest.mark.parametrize(
    ("channels", "rate", "expected"), [(1, 44100, (1, 44100)), (2, 8000, (2, 48000)), (2, 96000, (2, 48000))]
)
def test_odd_rates_become_one_that_players_know(channels, rate, expected, tmp_path, write_heard):
    path = write_heard("odd.mkv", "pcm_s16le", channels=channels, rate=rate)

    ladder = made(path, tmp_path / "out")

    assert (ladder.sound.channels, ladder.sound.sample_rate) == expected
    assert onset(tmp_path / "out" / "48p.mp4") == pytest.approx(BURST, abs=STEP)


def test_sound_is_left_out_on_wish(tmp_path, write_heard):
    path = write_heard("heard.mp4", "aac")

    ladder = made(path, tmp_path / "out", audio=False)

    assert ladder.sound is None
    with av.open(str(tmp_path / "out" / "48p.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"]


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_a_track_without_any_sound_is_none(codec, tmp_path):
    path = tmp_path / "mute.mkv"
    with av.open(path, "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        container.add_stream(codec, rate=RATE, layout="mono")
        container.mux(video.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(video.encode(None))

    ladder = made(path, tmp_path / "out")

    assert ladder.sound is None
    with av.open(str(tmp_path / "out" / "48p.mp4")) as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_packets_of_a_fragment_come_in_the_order_they_are_needed(tmp_path, write_heard):
    path = write_heard("heard.mp4", "aac")

    made(path, tmp_path / "out", packaging="fmp4", gop_seconds=0.5)

    with av.open(str(tmp_path / "out" / "48p.mp4")) as container:
        times = [float(packet.dts * packet.time_base) for packet in container.demux() if packet.size]
    assert all(later > earlier - 0.6 for earlier, later in pairwise(times))
