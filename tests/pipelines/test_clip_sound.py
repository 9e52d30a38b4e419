"""Sound of clips: it begins with the first frame and stays in step."""

from fractions import Fraction

import av
import numpy as np
import pytest

from pipelines.clip import Range, cut, cut_piece, join_pieces, plan_pieces
from pipelines.video.index import read_index

RATE = 48_000
BEEPS = (0.5, 1.5, 2.5, 3.5)  # seconds at which a tone of 0.1 s begins
STEP_SECONDS = 0.003


def _beeping() -> np.ndarray:
    samples = np.zeros((1, 4 * RATE), np.float32)
    for start in BEEPS:
        at = round(start * RATE)
        samples[0, at : at + RATE // 10] = 0.8 * np.sin(np.arange(RATE // 10) / 5)
    return samples


@pytest.fixture
def beeping(tmp_path, noise):
    """Give a writer of a movie of 100 frames, 25 a second, in groups of 12, that beeps."""

    def write(name="beeping.mp4", codec="aac"):
        path, samples = tmp_path / name, _beeping()
        with av.open(path, "w") as container:
            options = {"preset": "veryfast", "x264-params": "keyint=12:min-keyint=12:scenecut=0"}
            stream = container.add_stream("libx264", rate=25, options=options)
            stream.width, stream.height = 64, 48
            sound = container.add_stream(codec, rate=RATE, layout="mono")
            context, fifo = sound.codec_context, av.AudioFifo()
            converter = av.AudioResampler(
                format="s16" if codec != "aac" else "fltp", layout="mono", rate=RATE
            )
            for number, picture in enumerate(noise(100)):
                frame = av.VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                container.mux(stream.encode(frame))
                heard = samples[:, number * RATE // 25 : (number + 1) * RATE // 25]
                piece = av.AudioFrame.from_ndarray(heard, "fltp", "mono")
                piece.sample_rate, piece.pts, piece.time_base = RATE, number * RATE // 25, Fraction(1, RATE)
                for converted in converter.resample(piece):
                    fifo.write(converted)
                for whole in fifo.read_many(context.frame_size or 960):
                    container.mux(sound.encode(whole))
            container.mux(stream.encode(None))
            container.mux(sound.encode(None))
        return path

    return write


def _beeps(path) -> list[float]:
    """Give when tones begin, in seconds of the file's own clock."""
    with av.open(path) as container:
        heard = np.zeros(10 * RATE)
        for frame in container.decode(audio=0):
            at = round(float(frame.pts * frame.time_base) * RATE)
            piece = frame.to_ndarray().reshape(-1)[: frame.samples].astype(float)
            heard[max(0, at) : at + len(piece)] = np.abs(piece[max(0, -at) :])
    loud = np.flatnonzero(heard > 0.3 * heard.max())
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 20)]
    return [float(start) / RATE for start in starts]


def _near(expected):
    return pytest.approx(expected, abs=STEP_SECONDS)


@pytest.mark.parametrize("mode", ["exact", "smart"])
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("o.mkv", "libopus"), ("f.mkv", "flac")])
def test_sound_is_copied_in_step(beeping, tmp_path, mode, name, codec):
    movie = beeping(name, codec)

    cut(movie, tmp_path, [Range(31, 95)], mode=mode)

    assert _beeps(tmp_path / "clip-000.mp4") == _near([0.26, 1.26, 2.26])
    with av.open(tmp_path / "clip-000.mp4") as container:
        assert container.streams.audio[0].codec_context.codec.canonical_name == codec.removeprefix("lib")
        assert container.duration == pytest.approx(64 * 40_000, abs=110_000)


def test_copied_groups_keep_their_sound(beeping, tmp_path):
    movie = beeping()

    clip = cut(movie, tmp_path, [Range(31, 40)], mode="copy").clips[0]

    assert clip.first == 24
    assert _beeps(tmp_path / "clip-000.mp4") == _near([0.54])


def test_sound_that_no_mp4_holds_becomes_aac(beeping, tmp_path):
    movie = beeping("p.mov", "pcm_s16le")

    cut(movie, tmp_path, [Range(31, 95)])

    assert _beeps(tmp_path / "clip-000.mp4") == _near([0.26, 1.26, 2.26])
    with av.open(tmp_path / "clip-000.mp4") as container:
        assert container.streams.audio[0].codec_context.codec.canonical_name == "aac"


def test_sound_does_not_drift_over_many_joins(beeping, tmp_path):
    movie = beeping()
    around_the_second_beep = [Range(36, 41)] * 20

    cut(movie, tmp_path, around_the_second_beep, joined=True)

    assert _beeps(tmp_path / "clip.mp4") == _near([0.06 + 0.2 * place for place in range(20)])


def test_a_clip_of_pieces_has_its_sound(beeping, tmp_path):
    movie = beeping()
    index, ranges = read_index(movie), [Range(31, 95)]
    pieces = plan_pieces(index, ranges, 3)
    files = [file for piece in pieces for file in cut_piece(movie, tmp_path, piece, index=index)]

    join_pieces(movie, tmp_path, ranges, pieces, files, index=index)

    assert _beeps(tmp_path / "clip-000.mp4") == _near([0.26, 1.26, 2.26])
    assert not (tmp_path / "sound.mp4").exists()


def test_a_clip_without_sound_has_none(beeping, tmp_path):
    movie = beeping()

    cut(movie, tmp_path, [Range(31, 95)], audio=False)

    with av.open(tmp_path / "clip-000.mp4") as container:
        assert not container.streams.audio
