"""Rows of JSON to columns: at the speed of memory where all are numbers, with care where not."""

import json
from collections.abc import Sequence
from math import isfinite, nan
from typing import Any

import msgspec
import numpy as np
import simdjson

from pipelines.errors import BadInput
from pipelines.tiles.parse.gather import DELETE, Gather, Odd
from pipelines.tiles.values import Floats

DIGITS = b"0123456789+-.eE \t\r\n"  # what numbers and the space between are made of


class JsonRows:
    """Adds pieces of the array of rows to a `Gather`, which it makes of the first row if there is none yet."""

    def __init__(self, names: Sequence[str] | None) -> None:
        self.gather = None if names is None else Gather(len(names) + 1, names)
        self._parser = simdjson.Parser()

    def add(self, piece: bytes) -> None:
        """Add whole rows, `[…],[…]`. Raises BadInput, naming row and column: bad_cell, ragged, not_json."""
        if self.gather is None:
            self.gather = Gather(len(_loads(piece, Gather(1))[0]))
        columns = self.gather.columns
        signs = piece.translate(None, DIGITS)
        rows = signs.count(b"[")
        shape = (b"[" + b"," * (columns - 1) + b"],") * rows
        if signs == shape[:-1]:
            table = self._numbers(piece)
        elif signs.translate(None, b"nul") == shape[:-1]:
            table = _numbers_and_nulls(piece)
        else:
            table = None
        if table is None or table.size != rows * columns:
            self._add_with_care(piece)
        else:
            self.gather.add([column.copy() for column in table.reshape(rows, columns).T])

    def _numbers(self, piece: bytes) -> Floats | None:
        """Give all cells in a row; None for what must be looked at with care, to say what is wrong."""
        try:
            rows: Any = self._parser.parse(b"[" + piece + b"]")
            flat = rows.as_buffer(of_type="d")
        except (ValueError, TypeError, RuntimeError):  # whichever simdjson raises for what it does not take
            return None
        return np.frombuffer(flat, np.float64)

    def _add_with_care(self, piece: bytes) -> None:
        gather = self.gather
        if gather is None:
            raise TypeError("a piece was added before its first row was read")
        rows = _loads(piece, gather)
        table = np.full((gather.columns, len(rows)), nan)
        odd: list[Odd] = []
        for at, row in enumerate(rows):
            if len(row) != gather.columns:
                raise gather.ragged(gather.rows + at + 1, len(row))
            table[0, at] = _time(gather, at, row[0])
            for column, cell in enumerate(row[1:]):
                if isinstance(cell, str):
                    odd.append(Odd(at, column, _text(gather, at, column + 1, cell)))
                elif cell is False:
                    odd.append(Odd(at, column, DELETE))
                elif cell is not None:
                    table[column + 1, at] = _number(gather, at, column + 1, cell)
        gather.add(list(table), odd)


def _numbers_and_nulls(piece: bytes) -> Floats | None:
    try:
        rows = msgspec.json.decode(b"[" + piece + b"]", type=list[list[float | None]])
    except msgspec.DecodeError:
        return None
    return np.array(rows, np.float64).ravel()


def _loads(piece: bytes, gather: Gather) -> list[Any]:
    try:
        rows = json.loads(b"[" + piece + b"]", parse_constant=float)
    except UnicodeDecodeError as error:
        raise _not_json(piece[: error.start - 1], gather, "it is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        at = error.pos - 1 if isinstance(error, json.JSONDecodeError) else 0
        before = piece.decode(errors="replace")[:at].encode()
        raise _not_json(before, gather, str(error)) from error
    for at, row in enumerate(rows):
        if not isinstance(row, list) or not row:
            raise gather.refusal(at, 0, "a row is an array: a time, then a cell for each channel")
    return list(rows)


def _not_json(before: bytes, gather: Gather, why: str) -> BadInput:
    row = gather.rows + before.count(b"]") + 1
    column = before[before.rfind(b"[") + 1 :].count(b",")
    return BadInput(f"the rows are not JSON near row {row}, column {column}: {why}", code="not_json")


def _time(gather: Gather, at: int, cell: Any) -> float:
    if isinstance(cell, str):
        told = f"{cell[:40]!r} is not a number of seconds"
        if "_" in cell or not cell.isascii():  # which only Python reads as a number
            raise gather.refusal(at, 0, told)
        try:
            cell = float(cell)
        except ValueError as error:
            raise gather.refusal(at, 0, told) from error
    if cell is None or isinstance(cell, bool):
        raise gather.refusal(at, 0, f"{json.dumps(cell)} is not a number of seconds")
    return _number(gather, at, 0, cell)


def _text(gather: Gather, at: int, column: int, cell: str) -> str:
    try:
        cell.encode()
    except UnicodeEncodeError as error:  # JSON can write such halves, UTF-8 cannot
        raise gather.refusal(
            at, column, "a text has half of a surrogate pair, which is no character"
        ) from error
    return cell


def _number(gather: Gather, at: int, column: int, cell: Any) -> float:
    if cell is True:
        raise gather.refusal(at, column, "true is neither a number, a text, null nor false (which deletes)")
    if not isinstance(cell, int | float):
        raise gather.refusal(at, column, "a cell is a number, a text, null or false, not an array or object")
    try:
        number = float(cell)
    except OverflowError as error:
        raise gather.refusal(at, column, "this number is too large") from error
    if not isfinite(number):
        raise gather.refusal(at, column, f"{number} is not a finite number")
    return number
