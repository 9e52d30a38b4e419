"""Uploads as JSON become samples, texts and deletes."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import BadInput
from pipelines.tiles.parse import channel_names, device_name, parse_json, parse_rows
from pipelines.tiles.parse.json_cut import cut_rows
from tests.pipelines.tiles_uploads import numbers, words

CELLS = st.one_of(
    st.none(), st.just(False), st.text(max_size=5), st.integers(-(2**53), 2**53), st.floats(-1e100, 1e100)
)


class Drops:
    """A body that comes a few bytes at a time."""

    def __init__(self, body, size):
        self._body = io.BytesIO(body)
        self._size = size

    def read(self, size):
        return self._body.read(min(size, self._size))


def test_the_published_upload_is_read():
    body = b'{"dev_nickname":"test","channel_names":["a","b"],"data":[[1332754616,1,10], [1332754617,-1,20]]}'

    upload = parse_json(body)

    assert numbers(upload.batch, "a") == [(1332754616, 1), (1332754617, -1)]
    assert numbers(upload.batch, "b") == [(1332754616, 10), (1332754617, 20)]
    assert (upload.members["dev_nickname"], upload.blocks, upload.batch.rows) == ("test", 1, 2)


def test_cells_may_be_numbers_texts_nothing_or_deletes():
    rows = b'[["100.5", "7", null], [3, false, 1e2], [-2, "a \\"]\\" b", 0]]'

    batch = parse_rows(rows, ["a", "b"])

    assert numbers(batch, "a") == [(3, "gone")]
    assert words(batch, "a") == [(-2, 'a "]" b'), (3, None), (100.5, "7")]
    assert numbers(batch, "b") == [(-2, 0), (3, 100)]


def test_the_last_row_of_a_time_wins_over_all_blocks():
    body = b'[{"channel_names":["a"],"data":[[1,5],[2,6],[1,7]]},{"data":[[2,false]],"channel_names":["a"]}]'

    upload = parse_json(body)

    assert numbers(upload.batch, "a") == [(1, 7), (2, "gone")]
    assert upload.blocks == 2


@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=20),
    st.integers(1, 60),
    st.sampled_from([None, 1]),
)
def test_rows_are_the_same_in_whatever_drops_they_come(cells, size, indent):
    rows = [[at, *row] for at, row in enumerate(cells)]
    body = json.dumps({"channel_names": ["a", "b"], "data": rows, "z": [[1]]}, indent=indent).encode()

    batch = parse_json(Drops(body, size)).batch

    for column, name in ((1, "a"), (2, "b")):
        assert numbers(batch, name) == [
            (row[0], "gone" if row[column] is False else row[column])
            for row in rows
            if row[column] is False or isinstance(row[column], int | float)
        ]
        assert words(batch, name) == [
            (row[0], None if row[column] is False else row[column])
            for row in rows
            if row[column] is False or isinstance(row[column], str)
        ]


def test_a_cut_falls_between_rows():
    cut = cut_rows(rb' [1,"]\\"], [2,"\"],[3"], [4,"x')

    assert (cut.end, cut.is_last) == (24, False)


@pytest.mark.parametrize(
    ("rows", "code", "told"),
    [
        ("[[1,2,3],[4,5]]", "ragged", "row 2 has 2 cells, not 3: column 2 ('b') is missing"),
        ("[[1,2,3],[4,5,6,7]]", "ragged", "row 2 has 4 cells, not 3: column 3 is one too many"),
        ("[[1,2],[3,4,5,6]]", "ragged", "row 1 has 2 cells"),
        ("[[1,2,3],[4,NaN,5]]", "bad_cell", "row 2, column 1 ('a'): nan is not a finite number"),
        ("[[1,2,3],[4,5,-Infinity]]", "bad_cell", "row 2, column 2 ('b')"),
        ("[[1,2,1e999]]", "bad_cell", "row 1, column 2 ('b'): inf is not a finite number"),
        ("[[1,null,1e999]]", "bad_cell", "row 1, column 2 ('b'): inf"),
        ("[[1,2,1e200]]", "bad_cell", "row 1, column 2 ('b'): is 1e+200, not a number of at most 1e+140"),
        (f"[[1,2,{10**400}]]", "bad_cell", "row 1, column 2 ('b')"),
        (f"[[1,2,{'9' * 5000}]]", "not_json", "digits"),
        ("[[1,2,3],[null,5,6]]", "bad_cell", "row 2, column 0 (time)"),
        ('[["noon",5,6]]', "bad_cell", "row 1, column 0 (time): 'noon' is not a number of seconds"),
        ('[["1_000",5,6]]', "bad_cell", "row 1, column 0 (time): '1_000' is not a number of seconds"),
        ('[["nan",5,6]]', "bad_cell", "row 1, column 0 (time)"),
        ("[[false,5,6]]", "bad_cell", "row 1, column 0 (time): false"),
        ("[[1e17,5,6]]", "bad_cell", "row 1, column 0 (time): is 1e+17"),
        ("[[1,true,6]]", "bad_cell", "row 1, column 1 ('a'): true"),
        ("[[1,[2],6]]", "bad_cell", "row 1, column 1 ('a')"),
        ('[[1,"' + "x" * 10_001 + '",6]]', "bad_cell", "the limit is 10000"),
        (
            '[[1,2,3],[4,5,"\\ud800"]]',
            "bad_cell",
            "row 2, column 2 ('b'): a text has half of a surrogate pair",
        ),
        ("[[1,2,3],[4,,6]]", "not_json", "near row 2, column 1"),
        ("[[1,2,3],5]", "not_json", "row 2 is no array"),
        ("[[1,2,3],]", "not_json", "row 2 is no array"),
        ("[1,2,3]", "not_json", "row 1 is no array"),
        ("[[1,2,3][4,5,6]]", "not_json", "near row 2"),
        ("[[]]", "bad_cell", "row 1"),
        ("[[1,2,3]", "not_json", "ends within its rows"),
        ("[[1,2,3]] x", "not_json", "after the upload"),
        ("{}", "not_json", "[ is missing"),
        ("", "not_json", "[ is missing"),
    ],
)
def test_a_bad_row_is_named(rows, code, told):
    with pytest.raises(BadInput) as refusal:
        parse_rows(rows.encode(), ["a", "b"])

    assert refusal.value.code == code
    assert told in refusal.value.message


def test_a_bad_row_far_down_is_counted_from_the_first():
    rows = b"[" + b",".join(b"[%d,1.5]" % at for at in range(300_000)) + b",[1,true]]"

    with pytest.raises(BadInput) as refusal:
        parse_rows(rows, ["a"])

    assert refusal.value.message.startswith("row 300001, column 1 ('a'): true")


def test_bytes_that_are_not_utf_8_are_named():
    with pytest.raises(BadInput) as refusal:
        parse_rows(b'[[1,"a"],[2,"\xff"]]', ["a"])

    assert (refusal.value.code, "row 2, column 1" in refusal.value.message) == ("not_json", True)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "no_data"),
        (b'{"channel_names":["a"]}', "no_data"),
        (b'{"data":[[1,2]]}', "bad_name"),
        (b'{"channel_names":"a","data":[[1,2]]}', "bad_name"),
        (b'{"channel_names":["a","a"],"data":[[1,2,3]]}', "name_twice"),
        (b'{"channel_names":[],"data":[]}', "bad_name"),
        (b'{"data":[[1,2]],"channel_names":["a","b"]}', "ragged"),
        (b'{"channel_names":["\xff"],"data":[]}', "not_json"),
        (b'{"data":5}', "not_json"),
        (b"null", "not_json"),
        (b'{"channel_names":["a"],"data":[[1,2]]', "not_json"),
    ],
)
def test_a_bad_block_is_refused(body, code):
    with pytest.raises(BadInput) as refusal:
        parse_json(body)

    assert refusal.value.code == code


def test_names_become_what_is_kept():
    names = channel_names(["Temp °C", "a._comment", "x-y"])

    assert names == ("Temp__C", "a._comment", "x_y")
    assert device_name("My.Strap 2") == "My_Strap_2"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["a b", "a_b"], "name_twice"),
        (["a", "a"], "name_twice"),
        ([""], "bad_name"),
        ([".a"], "bad_name"),
        (["a."], "bad_name"),
        (["a..b"], "bad_name"),
        (["a" * 201], "bad_name"),
        ([str(i) for i in range(1001)], "too_many_channels"),
    ],
)
def test_a_name_that_confuses_is_refused(names, code):
    with pytest.raises(BadInput) as refusal:
        channel_names(names)

    assert refusal.value.code == code


def test_columns_that_come_in_many_pieces_are_whole():
    rows = b"[" + b",\n".join(b"[%d,%d.5,null]" % (at, -at) for at in range(200_000)) + b"]"

    batch = parse_rows(Drops(rows, 100_000), ["a", "b"])

    assert numbers(batch, "a") == [(at, float(f"{-at}.5")) for at in range(200_000)]
    assert numbers(batch, "b") == []
