"""The mean rate of a movie, however slow or absurd, is one that an encoder takes."""

from fractions import Fraction

import pytest

from pipelines.video.frames import Frames
from pipelines.video.packet_index import mean_rate

HOUR_TICKS = 25 * 3600


@pytest.mark.parametrize(
    ("frames", "ticks", "time_base", "rate"),
    [
        (251, 250, Fraction(1, 25), Fraction(25)),
        (301, 300 * 1001, Fraction(1, 30_000), Fraction(30_000, 1001)),
        (3, 10, Fraction(1), Fraction(1, 5)),
        (25, 24 * 3600, Fraction(1), Fraction(1, 3600)),
        (1, 0, Fraction(1, 25), Fraction(25)),
        (2, 0, Fraction(1, 25), Fraction(25)),
        (16, 15, Fraction(0x7FFFFFFF, 25), Fraction(1, 86_400)),
        (999, 1000, Fraction(1, 0x7FFFFFFF), Fraction(1_000_000)),
    ],
)
def test_a_mean_rate_is_exact_or_within_what_an_encoder_takes(frames, ticks, time_base, rate):
    assert mean_rate(frames, ticks, time_base) == rate


def test_a_frame_an_hour_has_a_rate(write_movie, noise):
    path = write_movie(noise(3), name="slow.mkv", pts=[0, HOUR_TICKS, 2 * HOUR_TICKS])

    with Frames(path) as frames:
        assert frames.index.rate == Fraction(1, 3600)
