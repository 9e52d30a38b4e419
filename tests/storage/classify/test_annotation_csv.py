"""CoralNet's annotation CSV: what is understood, what is refused and where, and that it comes back byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.errors import Invalid
from storage.classify.annotation_csv import Annotation, read, write

HEADER = "Name,Row,Column,Label code\n"
NAMES = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=8)
PLACES = st.integers(0, 1_000_000)


def test_a_table_is_read_with_the_lines_of_its_points():
    table = read((HEADER + "a.jpg,1,2,Por\n\nb.jpg,3,4,Acr\n").encode(), 10)

    assert table.annotations == [Annotation(2, "a.jpg", 1, 2, "Por"), Annotation(4, "b.jpg", 3, 4, "Acr")]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("\ufeffName,Row,Column,Label code\r\na.jpg,1,2,Por\r\n", "Por"),
        ("Name,Row,Column,Label\na.jpg,1,2,Por", "Por"),
        ("Label ID,Name,Column,Row\n17,a.jpg,2,1", 17),
        ("name,row,column,label code,label id\na.jpg,1,2,Por,17", "Por"),
        (" Name , Row,Column ,Date,Label code\n a.jpg , 1, 2 ,2024-01-01, Por ", "Por"),
        ('Name,Row,Column,Label code\n"a.jpg","1","2","Por"', "Por"),
    ],
)
def test_columns_may_stand_in_any_order_and_others_between_them(text, label):
    (annotation,) = read(text.encode(), 10).annotations

    assert (annotation.image, annotation.row, annotation.column, annotation.label) == ("a.jpg", 1, 2, label)


def test_commas_and_quotes_in_names_are_understood():
    table = read((HEADER + '"reef, ""deep"".jpg",1,2,"P, l"\n').encode(), 10)

    assert table.annotations == [Annotation(2, 'reef, "deep".jpg', 1, 2, "P, l")]


def test_a_point_that_nobody_has_labelled_yet_is_left_out_and_told():
    table = read((HEADER + "a.jpg,1,2,\na.jpg,3,4,Por\n").encode(), 10)

    assert (len(table.annotations), table.unlabelled) == (1, 1)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the CSV is empty"),
        ("\n\n", "the CSV is empty"),
        ("Name,Row,Label code\n", "line 1: there is no column 'Column'"),
        ("Name,Row,Column\n", "line 1: there is no column 'Label code' or 'Label' or 'Label id'"),
        ("Name,Row,Row,Column,Label\n", "line 1: there are two columns 'Row'"),
        (HEADER + "a.jpg,1,2", "line 2: 3 columns instead of 4"),
        (HEADER + "a.jpg,1,2,Por,x", "line 2: 5 columns instead of 4"),
        (HEADER + ",1,2,Por", "line 2, column 'Name': there is no name"),
        (HEADER + "a.jpg,-1,2,Por", "line 2, column 'Row': -1 is not between 0 and 1000000"),
        (HEADER + "a.jpg,1,1000001,Por", "line 2, column 'Column': 1000001 is not between"),
        (HEADER + "a.jpg,1.5,2,Por", "line 2, column 'Row': '1.5' is not a whole number"),
        (HEADER + "a.jpg,2.0,2,Por", "line 2, column 'Row': '2.0' is not a whole number"),
        (HEADER + "a.jpg,1e3,2,Por", "line 2, column 'Row': '1e3' is not a whole number"),
        (HEADER + "a.jpg,two,2,Por", "line 2, column 'Row': 'two' is not a number"),
        (HEADER + "a.jpg,,2,Por", "line 2, column 'Row': '' is not a number"),
        (HEADER + "a.jpg,1_000,2,Por", "'1_000' is not a number"),
        (HEADER + "a.jpg,\u0663,2,Por", "is not a number"),
        (HEADER + "a.jpg," + "9" * 5000 + ",2,Por", "is not a whole number"),
        (HEADER + "a.jpg,1,2,P\na.jpg,1,2,P", "line 3, column 'Row': this point of 'a.jpg' is in line 2 already"),
        (HEADER + '"a\njpg",1,2,P\nb.jpg,x,2,P', "line 4, column 'Row': 'x' is not a number"),
        (HEADER + '"a.jpg"x,1,2,P', "line 2: this is no CSV"),
        (HEADER + '"a.jpg,1,2,P', "line 2: this is no CSV"),
        (HEADER + "a.jpg,1,2,P\n" * 11, "line 3, column 'Row'"),
        ("Name,Row,Column,Label ID\na.jpg,1,2,Por", "line 2, column 'Label ID': 'Por' is not a number"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_line_and_column(text, fault):
    with pytest.raises(Invalid) as caught:
        read(text.encode(), 10)

    assert fault in caught.value.message


def test_bytes_that_are_no_text_are_refused_by_their_line():
    with pytest.raises(Invalid, match="line 3: the CSV is not in UTF-8"):
        read(HEADER.encode() + b"a.jpg,1,2,P\n\xff,1,2,P\n", 10)


def test_a_table_of_more_lines_than_the_limit_is_refused():
    lines = "".join(f"a.jpg,{row},0,P\n" for row in range(4))

    with pytest.raises(Invalid) as caught:
        read((HEADER + lines).encode(), 3)

    assert caught.value.limit == 3


@given(st.dictionaries(st.tuples(NAMES, PLACES, PLACES), NAMES, max_size=5))
def test_what_is_written_is_read_and_written_again_byte_for_byte(label_by_place):
    points = [(*place, label) for place, label in label_by_place.items()]

    written = b"".join(write(points))

    table = read(written, 10)
    again = [(one.image, one.row, one.column, str(one.label)) for one in table.annotations]
    assert again == points
    assert b"".join(write(again)) == written


def test_a_hundred_thousand_lines_are_understood():
    lines = (f"image-{number // 100}.jpg,{number % 100},{number % 7},Por\n" for number in range(100_000))
    text = (HEADER + "".join(lines)).encode()

    table = read(text, 100_000)

    assert len(table.annotations) == 100_000
    assert table.annotations[-1] == Annotation(100_001, "image-999.jpg", 99, 99_999 % 7, "Por")
