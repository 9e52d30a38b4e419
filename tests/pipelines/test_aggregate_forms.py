"""Uploads as CSV, Arrow, Parquet, and packed, become samples, texts and deletes."""

import gzip
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import BadInput
from pipelines.tiles.parse import parse_arrow, parse_csv, parse_parquet, parse_rows, unpacked
from tests.pipelines.tiles_uploads import numbers, words


def arrow(table):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def parquet(table):
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def test_csv_is_read():
    batch = parse_csv(b'time,a,b\r\n1,2.5,"x, y"\r\n2,,-3e2\r\n-1,false,4\r\n')

    assert numbers(batch, "a") == [(-1, "gone"), (1, 2.5)]
    assert numbers(batch, "b") == [(-1, 4), (2, -300)]
    assert words(batch, "b") == [(1, "x, y")]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"time,a,b\n1,2,3\n4,5\n", "row 2 has 2 cells, not 3: column 2 ('b') is missing"),
        (b"time,a\n1,nan\n", "row 1, column 1 ('a'): 'nan'"),
        (b"time,a\n1,1e999\n", "row 1, column 1 ('a')"),
        (b"time,a\n1,2\n,2\n", "row 2, column 0 (time): there is no time"),
        (b"time,a\nnoon,2\n", "row 1, column 0 (time): 'noon'"),
        (b"time,a\n1,true\n", "row 1, column 1 ('a'): 'true'"),
        (b"time,a\n1,2\n3,\xff\n", "row 2, column 1 ('a'): this is not UTF-8"),
        (b"time,\xff\n", "header"),
        (b"time\n1\n", "channel_names is empty"),
        (b"", "channel_names is empty"),
    ],
)
def test_a_bad_csv_is_refused(body, told):
    with pytest.raises(BadInput) as refusal:
        parse_csv(body)

    assert told in refusal.value.message


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (b"7,8,9\n", "row 200001 has 3 cells, not 2: column 2 is one too many"),
        (b"7\n", "row 200001 has 1 cells, not 2: column 1 ('a') is missing"),
    ],
)
def test_a_ragged_row_of_a_csv_is_counted_from_the_first(row, told):
    rows = b"".join(b"%d,1.5\n" % at for at in range(200_000))

    with pytest.raises(BadInput) as refusal:
        parse_csv(b"time,a\n" + rows + row)

    assert (refusal.value.code, told in refusal.value.message) == ("ragged", True), refusal.value.message


def test_a_csv_with_no_rows_says_nothing():
    batch = parse_csv(b"time,a\n")

    assert (batch.rows, numbers(batch, "a")) == (0, [])


@pytest.mark.parametrize(("write", "parse"), [(arrow, parse_arrow), (parquet, parse_parquet)])
def test_arrow_and_parquet_are_read(write, parse):
    table = pa.table(
        {
            "t": pa.array([1500, 500, -250], pa.timestamp("ms")),
            "a": pa.array([1, None, 3], pa.int32()),
            "b": ["x", None, "y"],
        }
    )

    batch = parse(write(table))

    assert numbers(batch, "a") == [(-0.25, 3), (1.5, 1)]
    assert words(batch, "b") == [(-0.25, "y"), (1.5, "x")]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"t": [1.0, None], "a": [1, 2]}, "row 2, column 0 (time): null"),
        ({"t": [1.0, 2.0], "a": [1.0, np.nan]}, "row 2, column 1 ('a'): nan"),
        ({"t": [1.0, 2.0], "a": [True, False]}, "column 1 ('a') has type bool"),
        ({"t": ["1"], "a": [1]}, "column 0 ('t') has type string"),
        ({"t": [np.inf], "a": [1]}, "row 1, column 0 (time)"),
    ],
)
def test_a_bad_table_is_refused(table, told):
    with pytest.raises(BadInput) as refusal:
        parse_arrow(arrow(pa.table(table)))

    assert told in refusal.value.message


@pytest.mark.parametrize(("parse", "code"), [(parse_arrow, "not_arrow"), (parse_parquet, "not_parquet")])
@pytest.mark.parametrize("body", [b"", b"PAR1", b"junk" * 100])
def test_a_corrupt_file_is_refused(parse, code, body):
    with pytest.raises(BadInput) as refusal:
        parse(body)

    assert refusal.value.code == code


def test_a_table_that_unpacks_to_too_much_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr("pipelines.tiles.parse.gather.CELLS_LIMIT", 9_999)

    with pytest.raises(BadInput) as refusal:
        parse_parquet(parquet(pa.table({"t": np.arange(5000.0), "a": np.zeros(5000)})))

    assert "5000 rows of 2 columns are above the limit of 9999 cells" in refusal.value.message


def test_a_parquet_that_is_damaged_inside_is_refused():
    whole = parquet(pa.table({"t": np.arange(5000.0), "a": np.random.default_rng(1).random(5000)}))

    with pytest.raises(BadInput) as refusal:
        parse_parquet(whole[:2000] + b"\xa5" * 4000 + whole[6000:])

    assert refusal.value.code == "not_parquet"


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("zstd", lambda body: pa.compress(body, "zstd", asbytes=True))],
)
def test_a_packed_body_is_unpacked(encoding, pack):
    body = io.BytesIO(pack(b"[[1,2],[3,4]]"))

    batch = parse_rows(unpacked(body, encoding, 1000), ["a"])

    assert numbers(batch, "a") == [(1, 2), (3, 4)]


@pytest.mark.parametrize(
    ("body", "encoding", "code"),
    [
        (b"no gzip at all", "gzip", "bad_encoding"),
        (gzip.compress(b" " * 5000), "gzip", "too_large"),
        (b"", "br", "unknown_encoding"),
    ],
)
def test_a_badly_packed_body_is_refused(body, encoding, code):
    with pytest.raises(BadInput) as refusal:
        parse_rows(unpacked(io.BytesIO(body), encoding, 1000), ["a"])

    assert refusal.value.code == code


@pytest.mark.parametrize(("write", "parse"), [(arrow, parse_arrow), (parquet, parse_parquet)])
def test_whatever_byte_is_damaged_the_answer_is_samples_or_a_refusal(write, parse):
    whole = write(pa.table({"t": np.arange(20.0), "a": np.arange(20), "b": [f"x{at}" for at in range(20)]}))
    refused = []

    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0xD5
        try:
            parse(bytes(damaged))
        except BadInput as error:
            refused.append(error.code)

    assert set(refused) >= {"bad_cell", "not_arrow" if parse is parse_arrow else "not_parquet"}
