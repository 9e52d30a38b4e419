"""Turn an MP4 or MOV by writing its display matrices anew in a copy of its bytes; no packet is touched."""

from pipelines.rotate.matrix import BYTES, IDENTITY, turn_in, write_turn
from pipelines.rotate.places import Place, find_moov, inside, only
from pipelines.source import Ranges
from pipelines.video.boxes import NotPlain
from pipelines.video.turn import Turn

Patch = tuple[int, bytes]  # where in the file, and what is written there

_TKHD_BYTES, _MVHD_BYTES = (84, 96), (100, 112)  # by version; version 1 has times of 64 bits
_TKHD_MATRIX, _MVHD_MATRIX = (40, 52), (36, 48)


def find_patches(ranges: Ranges, turn: Turn) -> list[Patch]:
    """Give what to write where, so that every picture track is shown turned by `turn` from how it is shown now.

    The matrix of the whole presentation is taken into the tracks' own, for not all players look at it.
    Raises NotPlain where the headers are damaged, compressed or missing.
    """
    moov = find_moov(ranges)
    movie_at = _matrix_at(mvhd := only(moov, b"mvhd"), _MVHD_BYTES, _MVHD_MATRIX)
    movie = turn_in(_bytes_at(mvhd, movie_at))
    tracks = [only(trak, b"tkhd") for trak in inside(moov) if trak.kind == b"trak" and _is_picture(trak)]
    if not tracks:
        raise NotPlain("no picture track")
    patches = [_turned(tkhd, movie, turn) for tkhd in tracks]
    return patches if movie.is_none else [*patches, (mvhd.start + movie_at, IDENTITY)]


def _is_picture(trak: Place) -> bool:
    return bytes(only(trak, b"mdia", b"hdlr").body[8:12]) == b"vide"


def _turned(tkhd: Place, movie: Turn, turn: Turn) -> Patch:
    at = _matrix_at(tkhd, _TKHD_BYTES, _TKHD_MATRIX)
    matrix = _bytes_at(tkhd, at)
    size = bytes(tkhd.body[at + BYTES : at + BYTES + 8])
    width, height = int.from_bytes(size[:4], "big"), int.from_bytes(size[4:], "big")
    whole = turn_in(matrix).then(movie).then(turn)
    return tkhd.start + at, write_turn(whole, matrix, width, height)


def _matrix_at(box: Place, sizes: tuple[int, int], places: tuple[int, int]) -> int:
    """Give where in a header's body its matrix begins. Raises NotPlain for a header of another form."""
    version = box.body[0] if len(box.body) else -1
    if version not in {0, 1} or len(box.body) < sizes[version]:
        raise NotPlain(f"a damaged {box.kind.decode('latin-1')}")
    return places[version]


def _bytes_at(box: Place, at: int) -> bytes:
    return bytes(box.body[at : at + BYTES])
