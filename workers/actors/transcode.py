"""The actor of `transcode`: makes a movie's ladder, alone or chunk by chunk with others."""

from pathlib import Path

from darkroom.params import TranscodeParams
from pipelines.source import Source
from pipelines.transcode import (
    Chunk,
    Settings,
    Transcoded,
    encode_chunk,
    join_chunks,
    plan_chunks,
    transcode,
)
from workers.work import Made, Work

PIECE = "video/mp4"


def develop(work: Work) -> Made:
    settings = _settings(work)
    with work.open("movie") as source:
        if work.parts_total == 1:
            return _whole(work, source, settings)
        # One part joins; the movie's own keyframes may allow fewer chunks than there are others.
        chunks = plan_chunks(work.index("movie"), chunks=work.parts_total - 1)
        if work.is_join:
            return _joined(work, source, settings, chunks)
        return _piece(work, source, settings, chunks)


def _settings(work: Work) -> Settings:
    params = work.params
    assert isinstance(params, TranscodeParams)  # noqa: S101 - the table of actors pairs kinds and params
    return Settings(
        heights=tuple(params.heights),
        packaging=params.packaging,
        crf=params.crf,
        preset=params.preset,
        audio=params.audio,
        poster=params.poster,
        encoder=params.encoder,
    )


def _whole(work: Work, source: Source, settings: Settings) -> Made:
    return _made(
        transcode(
            source,
            work.folder(),
            settings,
            index=work.index("movie"),
            pixels_limit=work.settings.pixels_limit,
            frames_limit=work.settings.frames_limit,
            tick=work.tick,
        )
    )


def _piece(work: Work, source: Source, settings: Settings, chunks: list[Chunk]) -> Made:
    if work.part >= len(chunks):
        return Made(summary={"frames": 0})
    chunk = chunks[work.part]
    pieces = encode_chunk(
        source,
        chunk,
        work.folder(),
        settings,
        index=work.index("movie"),
        pixels_limit=work.settings.pixels_limit,
        frames_limit=work.settings.frames_limit,
        tick=work.tick,
    )
    return Made(
        summary={"frames": chunk.end - chunk.start, "start": chunk.start, "end": chunk.end},
        files=[(path.name, PIECE) for path in pieces.values()],
    )


def _joined(work: Work, source: Source, settings: Settings, chunks: list[Chunk]) -> Made:
    return _made(
        join_chunks(
            _pieces(work),
            chunks,
            source,
            work.folder(),
            settings,
            index=work.index("movie"),
            pixels_limit=work.settings.pixels_limit,
            frames_limit=work.settings.frames_limit,
            tick=work.tick,
        )
    )


def _pieces(work: Work) -> dict[str, list[Path]]:
    """Fetch the pieces; give those of each size in the order of their chunks."""
    pieces: dict[str, list[Path]] = {}
    for output in work.pieces:
        rung = output.name.split("-", 1)[1].split(".", 1)[0]
        pieces.setdefault(rung, []).append(work.fetch(output))
    return pieces


def _made(ladder: Transcoded) -> Made:
    return Made(summary=ladder.as_dict(), files=list(ladder.files))
