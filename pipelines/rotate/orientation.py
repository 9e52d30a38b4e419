"""The orientation tag of a TIFF structure, which EXIF is, too: read, and written without moving anything else.

Source: TIFF 6.0, section 2; EXIF 2.32, 4.6.4 (tag 274).
"""

import struct

from pipelines.video.turn import Turn

TURNS = {
    1: Turn(0),
    2: Turn(0, mirrored=True),
    3: Turn(180),
    4: Turn(180, mirrored=True),
    5: Turn(270, mirrored=True),
    6: Turn(90),
    7: Turn(90, mirrored=True),
    8: Turn(270),
}
ORIENTATIONS = {turn: orientation for orientation, turn in TURNS.items()}

_TAG, _SHORT = 0x0112, 3
_ENTRY_BYTES = 12
_ENTRIES_LIMIT = 4096


class NoDirectory(Exception):
    """Says that bytes are no TIFF structure whose first directory can be read."""


class Directory:
    """The first directory of a structure. Raises NoDirectory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4], "")
        if not self._order or len(data) < 8:
            raise NoDirectory
        (self._start,) = struct.unpack_from(f"{self._order}I", data, 4)
        (count,) = self._unpack("H", self._start)
        self._end = self._start + 2 + count * _ENTRY_BYTES
        if not self._start >= 8 or self._end + 4 > len(data) or count > _ENTRIES_LIMIT:
            raise NoDirectory

    @property
    def turn(self) -> Turn:
        """Tell how the picture is shown; upright where nothing says otherwise."""
        at = self._place()
        return Turn() if at is None else TURNS.get(self._unpack("H", at + 8)[0], Turn())

    def turned(self, turn: Turn, *, without_thumbnail: bool = False) -> bytes:
        """Give the structure with its orientation set.

        A directory that has none is written anew behind all else, so that every offset stays true.
        without_thumbnail: the second directory, a small picture turned as before, is no longer pointed to.
        """
        at = self._place()
        entry = struct.pack(f"{self._order}HHIHH", _TAG, _SHORT, 1, ORIENTATIONS[turn], 0)
        following = bytes(4) if without_thumbnail else self._data[self._end : self._end + 4]
        if at is not None:
            head = self._data[:at] + entry + self._data[at + _ENTRY_BYTES : self._end]
            return head + following + self._data[self._end + 4 :]
        padded = self._data + bytes(len(self._data) % 2)
        entries = sorted(
            [*self._entries(), entry], key=lambda entry: struct.unpack(f"{self._order}H", entry[:2])
        )
        head = padded[:4] + struct.pack(f"{self._order}I", len(padded)) + padded[8:]
        return head + struct.pack(f"{self._order}H", len(entries)) + b"".join(entries) + following

    def _entries(self) -> list[bytes]:
        places = range(self._start + 2, self._end, _ENTRY_BYTES)
        return [self._data[at : at + _ENTRY_BYTES] for at in places]

    def _place(self) -> int | None:
        places = range(self._start + 2, self._end, _ENTRY_BYTES)
        return next((at for at in places if self._unpack("H", at)[0] == _TAG), None)

    def _unpack(self, form: str, at: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(self._order + form, self._data, at)
        except struct.error as error:
            raise NoDirectory from error


def turn_of_exif(exif: bytes) -> Turn:
    """Tell how EXIF shows a picture; upright where it says nothing, or is damaged."""
    try:
        return Directory(exif).turn
    except NoDirectory:
        return Turn()


def turned_exif(exif: bytes, turn: Turn, *, without_thumbnail: bool = False) -> bytes:
    """Give EXIF with its orientation set; new EXIF in place of none or a damaged one."""
    try:
        return Directory(exif).turned(turn, without_thumbnail=without_thumbnail)
    except NoDirectory:
        return struct.pack("<4sIHHHIHHI", b"II*\0", 8, 1, _TAG, _SHORT, 1, ORIENTATIONS[turn], 0, 0)
