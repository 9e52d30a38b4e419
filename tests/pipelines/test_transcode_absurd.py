"""What a header claims, however absurd, costs a transcode neither memory nor a traceback."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.transcode import transcode
from pipelines.transcode.schedule import Clock, plan_segments
from pipelines.video.index import read_index

TEN_THOUSAND_YEARS = 315_000_000_000  # seconds: a table of all segments would take terabytes


def test_segments_of_a_movie_of_ten_thousand_years_are_its_frames():
    last = TEN_THOUSAND_YEARS * 1000
    clock = Clock(scale=1000, ticks=np.array([0, 1999, 2000, 2001, last]), end=last + 40)

    starts = plan_segments(clock, 2.0)

    assert starts.tolist() == [0, 2, 4]


def test_segments_begin_at_the_first_of_some_frames_behind_each_bound():
    clock = Clock(scale=25, ticks=np.arange(250), end=250)

    starts = plan_segments(clock, 2.0, among=np.array([0, 49, 60, 99, 120, 240]))

    assert starts.tolist() == [0, 60, 120, 240]


def test_a_movie_of_no_size_is_refused(write_movie, noise, tmp_path):
    path = write_movie(noise(3))

    with pytest.raises(BadInput) as refusal:
        transcode(path, tmp_path, index=replace(read_index(path), height=0))

    assert refusal.value.code == "undecodable"
