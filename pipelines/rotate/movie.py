"""Turn a movie in the cheapest way that does what was asked: patch its header, else remux it, else turn its pixels.

Tried with all eight turns in MP4, Matroska and WebM: FFmpeg 5.1 and 8.1 and Chromium 150 show what is meant. OpenCV 5
turns, but takes no note of a mirror: whoever needs a flip there asks for pixels.
"""

from dataclasses import replace
from pathlib import Path

from pipelines.errors import BadInput
from pipelines.rotate.copying import copy_bytes
from pipelines.rotate.patch import Patch, find_patches
from pipelines.rotate.pixels import encode_turned
from pipelines.rotate.remux import MATROSKA, MP4, keeps_bytes, remux
from pipelines.rotate.tracks import CONTENT_TYPES, CannotHold
from pipelines.rotate.values import Method, Rotated, Turning
from pipelines.source import Source, open_ranges
from pipelines.video.boxes import NotPlain
from pipelines.video.packet_index import Index

_BRAND_BYTES = 12


def rotate_movie(source: Source, turning: Turning, method: Method, index: Index) -> Rotated:
    """Turn a movie. Raises BadInput (encrypted …), and CannotDecode where its pixels must be turned and are damaged."""
    if index.is_encrypted:
        raise BadInput("the movie is encrypted", code="encrypted")
    if method == "pixels":
        return _by_pixels(source, turning, index, "its pictures were turned and encoded as H.264")
    try:
        return _by_patch(source, turning, index)
    except NotPlain as obstacle:
        reason = str(obstacle)
    try:
        return _by_remux(source, turning, index, reason)
    except CannotHold as obstacle:
        return _by_pixels(
            source, turning, index, f"its pictures were turned and encoded as H.264, for {obstacle}"
        )


def _by_patch(source: Source, turning: Turning, index: Index) -> Rotated:
    """Write the header anew in a copy. Raises NotPlain where that cannot be."""
    if index.container != MP4:
        raise NotPlain(f"files of kind {index.container} have no such header")
    with open_ranges(source) as ranges:
        patches = find_patches(ranges, turning.turn)
        path = turning.folder / f"rotated{_suffix(ranges.read(0, _BRAND_BYTES))}"
    copy_bytes(source, path, turning.tick)
    _apply(patches, path)
    return _by_metadata(
        path,
        turning,
        index,
        "its display matrix was written anew; every other byte is as before",
        is_identical=True,
    )


def _by_remux(source: Source, turning: Turning, index: Index, reason: str) -> Rotated:
    path, remark = remux(source, turning, index)
    how = "its packets were written into a new file that says how they are shown"
    if index.container == MP4:
        how += f", for its header could not be patched ({reason})"
    elif index.container != MATROSKA:
        how += f", for files of kind {index.container} cannot say it"
    return _by_metadata(path, turning, index, how + remark, is_identical=keeps_bytes(index))


def _by_metadata(path: Path, turning: Turning, index: Index, why: str, *, is_identical: bool) -> Rotated:
    before = index.turn.size(index.width, index.height)
    return Rotated(
        file=path.name,
        content_type=CONTENT_TYPES[path.suffix],
        method="metadata",
        why=why,
        before=before,
        after=turning.turn.size(*before),
        bit_identical=is_identical,
        lossless=True,
    )


def _by_pixels(source: Source, turning: Turning, index: Index, why: str) -> Rotated:
    path, plan, remark = encode_turned(source, turning, index)
    turned = _by_metadata(path, turning, index, why + remark, is_identical=False)
    return replace(turned, method="pixels", before=plan.before, after=plan.after, lossless=False)


def _suffix(head: bytes) -> str:
    """Tell by its brand what an MP4's file is called; one without a brand is a QuickTime movie of old."""
    if head[4:8] != b"ftyp" or head[8:12] == b"qt  ":
        return ".mov"
    return ".3gp" if head[8:11] == b"3gp" else ".mp4"


def _apply(patches: list[Patch], path: Path) -> None:
    with path.open("r+b") as file:
        for place, data in patches:
            file.seek(place)
            file.write(data)
