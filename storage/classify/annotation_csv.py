"""CoralNet's annotation CSV: one line per labelled point, read and written; pure."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from darkroom.errors import Invalid

HEADER = ("Name", "Row", "Column", "Label code")
LARGEST_PLACE = 1_000_000  # pixels; no picture that we read has a longer side
INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")

# What a column may be headed by, in lower case: CoralNet exports `Label code` (and on demand `Label ID`, which where
# both are there is that of its own house), and takes `Label` in uploads.
HEADINGS = {
    "image": ("name",),
    "row": ("row",),
    "column": ("column",),
    "label": ("label code", "label", "label id"),
}


class Annotation(Struct, frozen=True):
    """One labelled point as it was sent. label: a code, or the id of a label; number: of its line, from 1."""

    number: int
    image: str
    row: int
    column: int
    label: str | int


class Table(Struct, frozen=True):
    """What a CSV says. heading: by field, how its column is headed; unlabelled: lines that name no label, left out."""

    annotations: list[Annotation]
    heading: dict[str, str]
    unlabelled: int

    def refuse(self, number: int, field: str, reason: str) -> Invalid:
        """Return the error that tells in which line and column the fault is."""
        return _refusal(number, self.heading[field], reason)


def read(data: bytes, rows_limit: int) -> Table:
    """Read a CSV in UTF-8, with or without a byte order mark; columns that are not asked for do not matter.

    Raises Invalid, naming line and column, for what is no such table, a place that is no whole number from 0 to 1,000,000,
    an empty name, and a point that is there twice; of the whole body only where it is no UTF-8, or no CSV. rows_limit: how
    many lines it may have.
    """
    rows = _rows(data)
    header = next(rows, None)
    if header is None:
        raise Invalid("the CSV is empty", hint=f"its first line is {','.join(HEADER)}")
    columns = _columns(header[1])
    heading = {field: header[1][at].strip() for field, at in columns.items()}
    wants_id = heading["label"].lower() == "label id"
    annotations: list[Annotation] = []
    line_by_place: dict[tuple[str, int, int], int] = {}
    unlabelled = count = 0
    for line, cells in rows:
        count += 1
        if count > rows_limit:
            raise Invalid(f"the CSV has more than {rows_limit} lines", limit=rows_limit)
        if len(cells) != len(header[1]):
            raise Invalid(f"line {line}: {len(cells)} columns instead of {len(header[1])}")
        name = cells[columns["image"]].strip()
        if not name:
            raise _refusal(line, heading["image"], "there is no name")
        row = _place(line, heading["row"], cells[columns["row"]])
        column = _place(line, heading["column"], cells[columns["column"]])
        before = line_by_place.setdefault((name, row, column), line)
        if before != line:
            raise _refusal(line, heading["row"], f"this point of {name!r} is in line {before} already")
        label = cells[columns["label"]].strip()
        if not label:
            unlabelled += 1
            continue
        named = _whole(line, heading["label"], label) if wants_id else label
        annotations.append(Annotation(line, name, row, column, named))
    return Table(annotations, heading, unlabelled)


def write(points: Iterable[tuple[str, int, int, str]]) -> Iterator[bytes]:
    """Give the CSV of points (image name, row, column, label code), in pieces; `read` understands it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")  # as CoralNet's own are
    writer.writerow(HEADER)
    for number, point in enumerate(points, 1):
        writer.writerow(point)
        if number % 10_000 == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Give the lines that are not empty, with the number of the line that each begins on."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(f"line {line}: the CSV is not in UTF-8", where="body") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise Invalid(f"line {line}: this is no CSV: {error}", where="body") from error
        if cells is None:
            return
        if cells:
            yield line, cells
        line = reader.line_num + 1


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Return by field the column that says it. Raises Invalid."""
    known = [cell.strip().lower() for cell in header]
    columns = {}
    for field, headings in HEADINGS.items():
        found = next((heading for heading in headings if heading in known), None)
        if found is None:
            wanted = " or ".join(repr(heading.capitalize()) for heading in headings)
            raise Invalid(f"line 1: there is no column {wanted}", hint=f"expected {','.join(HEADER)}")
        if known.count(found) > 1:
            raise Invalid(f"line 1: there are two columns {found.capitalize()!r}")
        columns[field] = known.index(found)
    return columns


def _place(line: int, heading: str, cell: str) -> int:
    place = _whole(line, heading, cell.strip())
    if not 0 <= place <= LARGEST_PLACE:
        raise _refusal(line, heading, f"{place} is not between 0 and {LARGEST_PLACE}")
    return place


def _whole(line: int, heading: str, text: str) -> int:
    if INTEGER.fullmatch(text):
        return int(text)
    what = "is not a whole number" if NUMBER.fullmatch(text) else "is not a number"
    raise _refusal(line, heading, f"{text[:40]!r} {what}")


def _refusal(line: int, heading: str, reason: str) -> Invalid:
    return Invalid(f"line {line}, column {heading!r}: {reason}")
