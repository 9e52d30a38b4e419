"""The actor of `clip`: cuts ranges out of a movie, whole, or a piece of them, or joins the pieces."""

from pathlib import Path

from darkroom.params import ClipParams
from pipelines.clip import Clipped, Range, cut, cut_piece, join_pieces, plan_pieces
from workers.work import Made, Work

CONTENT_TYPES = {".mp4": "video/mp4", ".mkv": "video/x-matroska"}


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, ClipParams)  # noqa: S101 - the table of actors pairs kinds and params
    ranges = [Range(asked.start, asked.end) for asked in params.ranges]
    if work.parts_total == 1:
        return _made(_whole(work, params, ranges))
    if work.is_join:
        return _made(_joined(work, params, ranges))
    return _piece(work, ranges)


def _whole(work: Work, params: ClipParams, ranges: list[Range]) -> Clipped:
    with work.open("movie") as source:
        return cut(
            source,
            work.folder(),
            ranges,
            mode=params.mode,
            joined=params.joined,
            audio=params.audio,
            index=work.index("movie"),
            ranges_limit=work.settings.ranges_limit,
            pixels_limit=work.settings.pixels_limit,
            frames_limit=work.settings.frames_limit,
            tick=work.tick,
        )


def _piece(work: Work, ranges: list[Range]) -> Made:
    """Cut this part's share; the part that joins is none of the pieces."""
    index = work.index("movie")
    piece = plan_pieces(index, ranges, work.parts_total - 1)[work.part]
    with work.open("movie") as source:
        files = cut_piece(
            source,
            work.folder(),
            piece,
            index=index,
            pixels_limit=work.settings.pixels_limit,
            tick=work.tick,
        )
    frames = sum(stretch.end - stretch.start for stretch in piece.stretches)
    return Made(summary={"frames": frames}, files=[(file.name, "video/mp4") for file in files])


def _joined(work: Work, params: ClipParams, ranges: list[Range]) -> Clipped:
    index = work.index("movie")
    files = [work.fetch(piece) for piece in work.pieces]
    with work.open("movie") as source:
        return join_pieces(
            source,
            work.folder(),
            ranges,
            plan_pieces(index, ranges, work.parts_total - 1),
            files,
            index=index,
            joined=params.joined,
            audio=params.audio,
            ranges_limit=work.settings.ranges_limit,
            pixels_limit=work.settings.pixels_limit,
            frames_limit=work.settings.frames_limit,
            tick=work.tick,
        )


def _made(clipped: Clipped) -> Made:
    return Made(
        summary=clipped.as_dict(),
        files=[(file, CONTENT_TYPES[Path(file).suffix]) for file in clipped.files],
    )
