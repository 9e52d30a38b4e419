"""Uploads as JSON: blocks of channel names and rows, read in pieces, so that memory holds the numbers alone."""

import io
import json
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipelines.errors import BadInput
from pipelines.tiles.parse.gather import Gather, joined_uploads
from pipelines.tiles.parse.json_cut import Cut, cut_rows
from pipelines.tiles.parse.json_rows import JsonRows
from pipelines.tiles.parse.names import channel_names
from pipelines.tiles.values import Batch

PIECE = 1 << 20  # bytes
MEMBER_LIMIT = 1 << 20  # bytes of any member but `data`, and of one row
SPACE = b" \t\r\n"


class Reader(Protocol):
    """What an upload is read from."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True, eq=False)
class JsonUpload:
    """An upload as JSON. members: what its first block says besides `data`; blocks: how many it has."""

    batch: Batch
    members: dict[str, Any] = field(default_factory=dict)
    blocks: int = 1


def parse_json(body: bytes | Reader) -> JsonUpload:
    """Read `{"channel_names": […], "data": [[time, value, …], …]}`, or an array of such blocks.

    A cell is a number, a text, null (nothing) or false (delete). Raises BadInput: not_json, ragged, bad_cell, bad_name,
    name_twice, no_data, each naming row and column where there is one.
    """
    stream = _Stream(body)
    blocks = list(stream.blocks())
    if not blocks:
        raise BadInput("there is no block with channel_names and data in this upload", code="no_data")
    batch = joined_uploads([block.batch for block in blocks])
    return JsonUpload(batch, blocks[0].members, len(blocks))


def parse_rows(body: bytes | Reader, names: list[str] | tuple[str, ...]) -> Batch:
    """Read `[[time, value, …], …]`, a value for each of the named channels; see `parse_json`."""
    kept = channel_names(names)
    stream = _Stream(body)
    gather = stream.rows(JsonRows(kept))
    stream.expect_end()
    return gather.finish(kept)


class _Stream:
    """A body that is walked through from front to back."""

    def __init__(self, body: bytes | Reader) -> None:
        self._reader = io.BytesIO(body) if isinstance(body, bytes) else body
        self._held = b""

    def blocks(self) -> "list[JsonUpload]":
        if self._peek() != b"[":
            blocks = [self._block()]
        else:
            self._take(b"[")
            blocks = [] if self._peek() == b"]" else [self._block()]
            while self._peek() == b",":
                self._take(b",")
                blocks.append(self._block())
            self._take(b"]")
        self.expect_end()
        return blocks

    def rows(self, rows: JsonRows) -> Gather:
        """Read an array of rows."""
        self._take(b"[")
        is_first = True
        while True:
            cut = cut_rows(self._held)
            if cut.end:
                self._add(rows, cut, is_first)
                is_first = False
            self._held = self._held[cut.end :]
            if cut.is_last:
                break
            self._more_rows()
        gather = rows.gather or Gather(1)
        if self._peek() != b"]":
            raise BadInput(
                f"row {gather.rows + 1} is no array: a time, then a cell for each channel", code="not_json"
            )
        self._take(b"]")
        return gather

    def expect_end(self) -> None:
        if self._peek():
            raise BadInput(f"after the upload comes {self._held[:20]!r}", code="not_json")

    def _add(self, rows: JsonRows, cut: Cut, is_first: bool) -> None:
        piece = self._held[: cut.end].lstrip(SPACE)
        if not is_first:
            if not piece.startswith(b","):
                raise BadInput(f"a comma is missing before {piece[:20]!r}", code="not_json")
            piece = piece[1:]
        rows.add(piece)

    def _more_rows(self) -> None:
        if len(self._held) > MEMBER_LIMIT:
            raise BadInput(f"a row is longer than the limit of {MEMBER_LIMIT} bytes", code="row_too_long")
        if not self._fill():
            raise BadInput("the upload ends within its rows", code="not_json")

    def _block(self) -> JsonUpload:
        members: dict[str, Any] = {}
        gather: Gather | None = None
        self._take(b"{")
        while self._peek() != b"}":
            key = self._value()
            self._take(b":")
            if key == "data":
                gather = self.rows(JsonRows(_names(members) if "channel_names" in members else None))
            else:
                members[str(key)] = self._value()
            if self._peek() != b"}":
                self._take(b",")
        self._take(b"}")
        return JsonUpload(_finished(gather, members), members)

    def _value(self) -> Any:
        """Read one JSON value that is not large."""
        self._peek()
        while len(self._held) < MEMBER_LIMIT and self._fill():
            continue
        text = self._held[:MEMBER_LIMIT].decode(errors="surrogateescape")
        try:
            value, end = json.JSONDecoder().raw_decode(text)
            used = text[:end].encode(errors="surrogateescape")
            used.decode()
        except UnicodeDecodeError as error:
            raise BadInput(f"a name or text is not UTF-8: {error.reason}", code="not_json") from error
        except (ValueError, RecursionError) as error:
            raise BadInput(f"this is not JSON: {error}, at {text[:20]!r}", code="not_json") from error
        self._held = self._held[len(used) :]
        return value

    def _peek(self) -> bytes:
        """Give the next sign that is not space; empty at the end."""
        self._held = self._held.lstrip(SPACE)
        while not self._held and self._fill():
            self._held = self._held.lstrip(SPACE)
        return self._held[:1]

    def _take(self, sign: bytes) -> None:
        if self._peek() != sign:
            raise BadInput(
                f"{sign.decode()} is missing before {self._held[:20]!r} in this JSON", code="not_json"
            )
        self._held = self._held[1:]

    def _fill(self) -> bool:
        piece = self._reader.read(PIECE)
        self._held += piece
        return bool(piece)


def _names(members: dict[str, Any]) -> tuple[str, ...]:
    names = members.get("channel_names")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadInput("channel_names must be an array of strings", code="bad_name")
    return channel_names(names)


def _finished(gather: Gather | None, members: dict[str, Any]) -> Batch:
    if gather is None:
        raise BadInput("data is missing: an array of rows", code="no_data")
    names = _names(members)
    if not gather.rows:
        gather = Gather(len(names) + 1)
    if gather.columns != len(names) + 1:
        raise BadInput(
            f"row 1 has {gather.columns} cells, not {len(names) + 1}: a time and one for each of channel_names",
            code="ragged",
        )
    return gather.finish(names)
