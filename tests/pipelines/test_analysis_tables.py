"""A table of tracks reads back as it was written, and one that is not a table is refused by row and column."""

import contextlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipelines.errors import BadInput
from pipelines.track import cells, record
from pipelines.track.record import Tracks, read_tracks
from pipelines.track.status import Status
from pipelines.track.table import open_csv, open_parquet

HEADER = "frame,time_seconds,label,x,y,status,err,score\n"
GOOD = "0,0.0,Apex,1.5,2.5,tracked,0.01,0.99\n"


def tracks(places, *, stable=None, first=3) -> Tracks:
    places = np.asarray(places, np.float64)
    count, points = places.shape[:2]
    return Tracks(
        frames=np.arange(count) + first,
        seconds=(np.arange(count) + first) / 8,
        labels=('Apex, "the" tip', "Ruler 0mm", "=1+1")[:points],
        places=places,
        status=np.full((count, points), Status.TRACKED, np.uint8),
        err=np.full((count, points), 0.25),
        score=np.full((count, points), np.nan),
        stable=stable,
    )


def write(opener, path, track, *, stabilised=False):
    with opener(path, track.labels, stabilised=stabilised) as table:
        for row in track.rows():
            table.add(row)
    return path


@pytest.mark.parametrize("opener", [open_csv, open_parquet])
def test_a_table_reads_back_as_it_was_written(opener, tmp_path):
    written = tracks([[[1.5, 2], [3, 4]], [[5, 6], [7, 8.25]]])

    read = read_tracks(write(opener, tmp_path / "table", written))

    assert read.labels == ('Apex, "the" tip', "Ruler 0mm")
    assert (read.frames.tolist(), read.seconds.tolist()) == ([3, 4], [0.375, 0.5])
    assert read.places.tolist() == [[[1.5, 2], [3, 4]], [[5, 6], [7, 8.25]]]
    assert (read.status == Status.TRACKED).all() and (read.err == 0.25).all() and np.isnan(read.score).all()
    assert read.stable is None


@pytest.mark.parametrize("opener", [open_csv, open_parquet])
def test_a_stabilised_table_has_the_steady_places_too(opener, tmp_path):
    steady = np.array([[[10.0, 20.0]], [[np.nan, np.nan]]])
    written = tracks([[[1.0, 2.0]], [[3.0, 4.0]]], stable=steady)

    read = read_tracks(write(opener, tmp_path / "table", written, stabilised=True))

    assert read.stable is not None
    assert np.array_equal(read.stable, steady, equal_nan=True)


@pytest.mark.parametrize("opener", [open_csv, open_parquet])
def test_a_point_without_a_place_has_no_row_and_counts_as_lost(opener, tmp_path):
    written = tracks([[[1.0, 2.0], [3.0, 4.0]], [[np.nan, np.nan], [5.0, 6.0]]])

    read = read_tracks(write(opener, tmp_path / "table", written))

    assert np.isnan(read.places[1, 0]).all()
    assert read.status.tolist() == [[Status.TRACKED, Status.TRACKED], [Status.LOST, Status.TRACKED]]


@settings(deadline=None, max_examples=40)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 5), st.integers(1, 3), st.just(2)),
        elements=st.floats(-1e5, 1e5, width=32),
    )
)
def test_rows_that_are_read_are_written_again_byte_for_byte(tmp_path_factory, places):
    folder = tmp_path_factory.mktemp("tables")
    first = write(open_csv, folder / "first.csv", tracks(places))

    second = write(open_csv, folder / "second.csv", read_tracks(first))

    assert second.read_bytes() == first.read_bytes()


def test_rows_may_stand_in_any_order(tmp_path):
    path = tmp_path / "track.csv"
    path.write_text(HEADER + "1,0.1,B,3,4,lost,,\n0,0.0,A,1,2,tracked,,\n1,0.1,A,5,6,cut,,\n")

    read = read_tracks(path)

    assert read.labels == ("B", "A")
    assert read.places[1].tolist() == [[3, 4], [5, 6]]
    assert read.status.tolist() == [[Status.LOST, Status.TRACKED], [Status.LOST, Status.CUT]]


def test_parts_and_points_can_be_taken_from_a_track():
    whole = tracks(np.arange(24).reshape(4, 3, 2))

    part = whole.before(5).arranged(["Ruler 0mm", "New"])

    assert part.frames.tolist() == [3, 4]
    assert part.places[:, 0].tolist() == [[2, 3], [8, 9]]
    assert np.isnan(part.places[:, 1]).all() and (part.status[:, 1] == Status.LOST).all()
    assert whole.between(4, 6).frames.tolist() == [4, 5]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "table_unreadable", "cannot be read"),
        (HEADER, "table_empty", "no rows"),
        ("frame,label,x,y,status\n0,A,1,2,lost\n", "table_column", "lacks the column 'time_seconds'"),
        (HEADER.replace("err", "x") + GOOD, "table_column", "two columns 'x'"),
        (HEADER + GOOD + "1,0.1,Apex,1,2\n", "table_row", "row 2 has 5 cells, the header has 8"),
        (HEADER + GOOD + "1,0.1,Apex,1,two,lost,,\n", "table_value", "'y' of row 2 is not a number: 'two'"),
        (HEADER + "0,0,A,nan,2,lost,,\n", "table_value", "'x' of row 1 is not a finite number"),
        (HEADER + "0,0,A,1,2,lost,inf,\n", "table_value", "'err' of row 1 is not a finite number"),
        (HEADER + "0,0,A,,2,lost,,\n", "table_value", "'x' of row 1 is empty while 'y' is not"),
        (HEADER + "0.5,0,A,1,2,lost,,\n", "table_value", "'frame' of row 1 is not a whole number"),
        (HEADER + "-1,0,A,1,2,lost,,\n", "table_value", "'frame' of row 1 is not from 0 to"),
        (HEADER + "0,,A,1,2,lost,,\n", "table_value", "'time_seconds' of row 1 is empty"),
        (HEADER + "0,0,,1,2,lost,,\n", "table_value", "'label' of row 1 has 0 characters; it takes 1 to 200"),
        (HEADER + f"0,0,{'A' * 201},1,2,lost,,\n", "table_value", "'label' of row 1 has 201 characters"),
        (
            HEADER + GOOD + "1,0,A,1,2,fine,,\n",
            "table_value",
            "'status' of row 2 is none of tracked, uncertain",
        ),
        (HEADER + GOOD + GOOD, "table_twice", "row 2 is the second of frame 0 and label 'Apex'"),
        (HEADER + GOOD + "0,1,B,1,2,lost,,\n", "table_times", "'time_seconds' of row 2 differs"),
        (HEADER + "0,1,A,1,2,lost,,\n1,0,A,1,2,lost,,\n", "table_times", "goes back at frame 1"),
        ("PAR1 but no more", "table_unreadable", "cannot be read"),
    ],
)
def test_what_is_not_a_table_of_tracks_is_refused(text, code, said, tmp_path):
    path = tmp_path / "track.csv"
    path.write_text(text)

    with pytest.raises(BadInput) as refused:
        read_tracks(path)

    assert refused.value.code == code
    assert said in refused.value.message


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "track.csv"
    path.write_bytes(HEADER.encode() + b"0,0,\xff\xfe,1,2,lost,,\n")

    with pytest.raises(BadInput, match="cannot be read"):
        read_tracks(path)


@pytest.mark.parametrize(
    ("module", "limit", "said"),
    [
        (cells, "BYTES_LIMIT", "bytes; the limit is 3"),
        (cells, "ROWS_LIMIT", "4 rows; the limit is 3"),
        (record, "GRID_LIMIT", "2 points on 2 frames; the limit is 3"),
    ],
)
@pytest.mark.parametrize("opener", [open_csv, open_parquet])
def test_a_table_that_is_too_large_is_refused(opener, module, limit, said, monkeypatch, tmp_path):
    path = write(opener, tmp_path / "table", tracks(np.ones((2, 2, 2))))
    monkeypatch.setattr(module, limit, 3)

    with pytest.raises(BadInput, match=said) as refused:
        read_tracks(path)

    assert refused.value.code == "table_too_large"


def test_a_parquet_column_of_the_wrong_type_is_refused(tmp_path):
    path = tmp_path / "track.parquet"
    columns = {
        "frame": [0],
        "time_seconds": [0.0],
        "label": ["A"],
        "x": ["1"],
        "y": [2.0],
        "status": ["lost"],
    }
    pq.write_table(pa.table(columns), path)

    with pytest.raises(BadInput, match="column 'x' holds string, not numbers"):
        read_tracks(path)


def test_a_parquet_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "weather.parquet"
    pq.write_table(pa.table({"day": [1], "rain": [0.5]}), path)

    with pytest.raises(BadInput, match="lacks the column 'frame'"):
        read_tracks(path)


@pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
def test_a_parquet_file_that_another_program_wrote_is_read(text, tmp_path):
    path = tmp_path / "track.parquet"
    label, status = (pa.array([word, word], pa.string()).cast(text) for word in ("Apex", "tracked"))
    columns = {"frame": [0, 1], "time_seconds": [0, 1], "label": label, "x": [1.5, 2], "y": [3, 4]}
    pq.write_table(pa.table(columns | {"status": status, "colour": ["red", "red"]}), path)

    read = read_tracks(path)

    assert (read.labels, read.places.tolist()) == (("Apex",), [[[1.5, 3]], [[2, 4]]])


@pytest.mark.parametrize("opener", [open_csv, open_parquet])
def test_no_damage_to_a_table_is_more_than_refused(opener, tmp_path):
    whole = write(opener, tmp_path / "whole", tracks(np.arange(40).reshape(10, 2, 2))).read_bytes()
    rng = np.random.default_rng(4)
    path = tmp_path / "damaged"

    for _ in range(300):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole) - 8, rng.integers(1, 5)):
            match rng.integers(3):
                case 0:
                    damaged[at % len(damaged)] = rng.integers(256)
                case 1:
                    del damaged[at : at + rng.integers(1, 60)]
                case _:
                    damaged[at:at] = rng.bytes(5)
        path.write_bytes(damaged)
        with contextlib.suppress(BadInput):
            assert read_tracks(path).labels
