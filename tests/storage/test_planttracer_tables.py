"""Between track tables and markers: what a retrace is handed must be what the trace before has written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.track import columns, flow, points
from storage.planttracer.markers import Marker
from storage.planttracer.movies import analysis_size
from storage.planttracer.track_table import HEADER as COLUMNS
from storage.planttracer.track_table import STATUS, Scale, lines_of, read, write

HEADER = "frame,time_seconds,label,x,y,status,err,score"
SIDES = st.integers(2, 8192)
PLACES = st.integers(-100_000_000, 100_000_000).map(lambda tenthousandths: tenthousandths / 10_000)


@given(SIDES, SIDES, PLACES, PLACES)
def test_places_come_back_from_markers_to_the_last_digit_of_a_table(width, height, x, y):
    scale = Scale((width, height), analysis_size(width, height))
    line = f"3,0.120000,Apex,{x:.4f},{y:.4f},tracked,0.0100,"

    markers = read([HEADER, line], scale, 0, {})
    header, written = write(markers, scale, 25.0).decode().splitlines()

    assert header == HEADER
    assert written.replace(",-0.0000", ",0.0000") == line


def test_this_room_knows_the_table_as_it_is_written():
    assert list(STATUS) == columns.NAMES
    assert columns.columns(stabilised=False) == COLUMNS


@given(SIDES, SIDES, PLACES, PLACES)
def test_places_and_sizes_are_those_of_the_tracker(width, height, x, y):
    size = analysis_size(width, height)

    told = Scale((width, height), size).to_marker(x, y)

    ((across, down),) = points.rescale(np.array([[x, y]]), (width, height), size).tolist()
    assert size == flow.analysis_size((width, height))
    assert told == pytest.approx((across, size[1] - down), abs=2e-6)


@given(st.text(alphabet="ab,\n", max_size=40), st.integers(1, 7))
def test_lines_are_found_however_a_text_is_cut(text, step):
    raw = text.encode()

    lines = list(lines_of(raw[start : start + step] for start in range(0, len(raw), step)))

    assert lines == text.removesuffix("\n").split("\n")[: None if text else 0]


def test_columns_that_a_table_has_besides_do_not_matter():
    scale = Scale((320, 240), (640, 480))
    lines = ["label,score,x,y,frame,status,err,x_stable", "Apex,0.5,10,20,2,occluded,,7"]

    assert read(lines, scale, 0, {}) == {2: [Marker(20.5, 439.5, "Apex", status=3)]}


def test_what_comes_before_the_trace_is_not_read():
    scale = Scale((640, 480), (640, 480))
    lines = [HEADER, "2,0.08,Apex,1,2,tracked,0,1", "3,0.12,Apex,1,2,tracked,0,1"]

    assert list(read(lines, scale, 3, {})) == [3]
