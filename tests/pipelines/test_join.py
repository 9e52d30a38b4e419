"""Segments joined without encoding: every frame there, in order, at its time."""

from fractions import Fraction

import av
import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.video.join import join_segments

B_FRAMES = {"preset": "veryfast", "bf": "3", "g": "250", "x264-params": "b-adapt=0"}


def _pictures(path) -> list[np.ndarray]:
    with av.open(path) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def _seconds(path) -> list[float]:
    with av.open(path) as container:
        return [round(float(frame.pts * frame.time_base), 6) for frame in container.decode(video=0)]


def _packets(path) -> list[tuple[int, int, int]]:
    with av.open(path) as container:
        return [(p.pts, p.dts, p.duration) for p in container.demux(video=0) if p.size]


@pytest.fixture
def segments(write_movie, noise):
    """Give three movies of 5, 7 and 9 frames, all with B-frames."""
    pictures = noise(21)
    parts = [pictures[:5], pictures[5:12], pictures[12:]]
    return [write_movie(part, name=f"{number}.mp4", options=B_FRAMES) for number, part in enumerate(parts)]


@pytest.mark.parametrize("packaging", ["mp4", "fmp4", "mkv"])
def test_a_joined_movie_shows_the_same_pictures_one_behind_the_other(segments, tmp_path, packaging):
    expected = [picture for segment in segments for picture in _pictures(segment)]

    frames = join_segments(segments, tmp_path / "joined", rebase=True, packaging=packaging)

    joined = _pictures(tmp_path / "joined")
    assert frames == len(joined) == 21
    assert np.array_equal(joined, expected)
    assert _seconds(tmp_path / "joined") == [round(number / 25, 6) for number in range(21)]


def test_decode_times_never_go_back_at_a_join_and_the_last_frame_keeps_its_duration(segments, tmp_path):
    join_segments(segments, tmp_path / "joined.mp4", rebase=True)

    packets = _packets(tmp_path / "joined.mp4")
    steps = np.diff([dts for _, dts, _ in packets])
    assert all(steps == 512)  # ticks of 1/12800 s: 25 frames a second
    assert all(dts <= pts for pts, dts, _ in packets)
    with av.open(tmp_path / "joined.mp4") as container:
        assert container.streams.video[0].duration == 21 * 512
        assert container.duration == 840_000


def test_segments_that_count_on_keep_their_own_times(write_movie, noise, tmp_path):
    pictures = noise(6)
    first = write_movie(pictures[:3], name="a.mp4", pts=[0, 1, 2])
    second = write_movie(pictures[3:], name="b.mp4", pts=[4, 5, 7])

    join_segments([first, second], tmp_path / "joined.mp4")

    assert _seconds(tmp_path / "joined.mp4") == [0.0, 0.04, 0.08, 0.16, 0.2, 0.28]


def test_given_times_place_segments_of_a_variable_rate_exactly(write_movie, noise, tmp_path):
    pictures = noise(6)
    first = write_movie(pictures[:3], name="a.mp4", pts=[0, 5, 6], options=B_FRAMES)
    second = write_movie(pictures[3:], name="b.mp4", pts=[0, 3, 4], options=B_FRAMES)

    join_segments(
        [first, second],
        tmp_path / "joined.mp4",
        times=[Fraction(7), Fraction(7) + Fraction(9, 25), Fraction(7) + Fraction(18, 25)],
    )

    assert _seconds(tmp_path / "joined.mp4") == [0.0, 0.2, 0.24, 0.36, 0.48, 0.52]
    with av.open(tmp_path / "joined.mp4") as container:
        assert container.duration == 720_000


def test_a_segment_that_begins_too_early_is_refused(segments, tmp_path):
    with pytest.raises(BadInput, match="begins before the last one's end") as refusal:
        join_segments(segments, tmp_path / "joined.mp4")

    assert refusal.value.code == "segments_differ"


def test_segments_of_contradicting_parameter_sets_are_refused(write_movie, noise, tmp_path):
    first = write_movie(noise(3), name="a.mp4")
    second = write_movie(noise(3, width=80), name="b.mp4")

    with pytest.raises(BadInput, match="parameter sets contradict") as refusal:
        join_segments([first, second], tmp_path / "joined.mp4", rebase=True)

    assert refusal.value.code == "segments_differ"


def test_parameter_sets_of_different_numbers_are_kept_side_by_side(write_movie, noise, tmp_path):
    options = {"preset": "veryfast", "x264-params": "sps-id=3:ref=2"}
    first = write_movie(noise(3), name="a.mp4")
    second = write_movie(noise(3, seed=1), name="b.mp4", options=options)
    expected = _pictures(first) + _pictures(second)

    join_segments([first, second], tmp_path / "joined.mp4", rebase=True)

    assert np.array_equal(_pictures(tmp_path / "joined.mp4"), expected)


def test_no_frames_at_all_are_refused(tmp_path):
    with pytest.raises(BadInput, match="no frames"):
        join_segments([], tmp_path / "joined.mp4")


def test_sound_goes_along_from_the_first_frame_on(segments, tmp_path, tone):
    join_segments(segments, tmp_path / "joined.mp4", rebase=True, audio=tone(0.84))

    with av.open(tmp_path / "joined.mp4") as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert np.argmax(np.abs(sound) > 0.05) < 1200
    assert 40_000 < len(sound) < 42_500


@pytest.fixture
def tone(tmp_path):
    """Give a writer of a tone of 48,000 samples a second, so many seconds long."""

    def write(seconds: float):
        path = tmp_path / "tone.m4a"
        samples = np.sin(np.arange(round(seconds * 48_000)) / 10).astype(np.float32)[None] / 2
        with av.open(path, "w", format="mp4") as container:
            stream = container.add_stream("aac", rate=48_000, layout="mono")
            for start in range(0, samples.shape[1], 1024):
                frame = av.AudioFrame.from_ndarray(samples[:, start : start + 1024], "fltp", "mono")
                frame.sample_rate, frame.pts = 48_000, start
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write
