"""Make the ladder of a movie: in one go, or from chunks that others have encoded."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pipelines.source import Source
from pipelines.transcode.chunk import Tick, encode_planned, encoder_name
from pipelines.transcode.coded import Coded, open_copy, open_pieces
from pipelines.transcode.package import Written, write_rung
from pipelines.transcode.plan import Plan, Rung, plan_movie
from pipelines.transcode.playlists import Stream, master_playlist, media_playlist, segments_of
from pipelines.transcode.poster import write_poster
from pipelines.transcode.schedule import Chunk
from pipelines.transcode.settings import Settings
from pipelines.transcode.sound import Sound, make_sound
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.packet_index import Index

MP4, HLS, JPEG = "video/mp4", "application/vnd.apple.mpegurl", "image/jpeg"
MASTER, POSTER = "master.m3u8", "poster.jpg"

Pieces = Mapping[str, Sequence[Path]]


@dataclass(frozen=True, slots=True)
class MadeRung:
    """One finished size. codec: as RFC 6381 has it. encoder: None for a copy. why: of the copy, or against it."""

    file: str
    width: int
    height: int
    frames: int
    bits_per_second: int
    codec: str
    method: Literal["copied", "encoded"]
    encoder: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Transcoded:
    """What was made. files: (name, content type). sound: None where there is none."""

    files: tuple[tuple[str, str], ...]
    rungs: tuple[MadeRung, ...]
    seconds: float
    sound: Sound | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def transcode(
    source: Source,
    out_dir: Path,
    settings: Settings | None = None,
    *,
    index: Index | None = None,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
    tick: Tick | None = None,
) -> Transcoded:
    """Make every size that `settings` asks for; the files appear whole in `out_dir`, at the end, or not at all.

    Raises BadInput as `plan_movie` does; CannotDecode naming the first bad frame; and whatever `tick` raises.
    """
    plan = plan_movie(
        source, settings or Settings(), index, pixels_limit=pixels_limit, frames_limit=frames_limit
    )
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".pieces-") as folder:
        paths = encode_planned(
            plan, source, plan.whole, Path(folder), is_alone=True, pixels_limit=pixels_limit, tick=tick
        )
        pieces = {name: [path] for name, path in paths.items()}
        return _Join(
            plan, source, pieces, [plan.whole], is_alone=True, pixels_limit=pixels_limit, tick=tick
        ).into(out_dir)


def encode_chunk(
    source: Source,
    chunk: Chunk,
    out_dir: Path,
    settings: Settings | None = None,
    *,
    index: Index | None = None,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
    tick: Tick | None = None,
) -> dict[str, Path]:
    """Encode one of the chunks of `plan_chunks`; give the piece of each size that is not copied, by the rung's name.

    Always by x264, whatever the settings: pieces of several machines must fit together. Raises as `transcode` does.
    """
    plan = plan_movie(
        source, settings or Settings(), index, pixels_limit=pixels_limit, frames_limit=frames_limit
    )
    return encode_planned(plan, source, chunk, out_dir, is_alone=False, pixels_limit=pixels_limit, tick=tick)


def join_chunks(
    pieces: Pieces,
    chunks: Sequence[Chunk],
    source: Source,
    out_dir: Path,
    settings: Settings | None = None,
    *,
    index: Index | None = None,
    pixels_limit: int = PIXELS_LIMIT,
    frames_limit: int = FRAMES_LIMIT,
    tick: Tick | None = None,
) -> Transcoded:
    """Join the pieces of all chunks, in order, per rung, with the source's sound, into what `transcode` would make.

    Raises BadInput: bad_piece, when a piece is missing, lacks a frame or was encoded with other settings.
    """
    plan = plan_movie(
        source, settings or Settings(), index, pixels_limit=pixels_limit, frames_limit=frames_limit
    )
    return _Join(plan, source, pieces, chunks, is_alone=False, pixels_limit=pixels_limit, tick=tick).into(
        out_dir
    )


@dataclass(frozen=True, slots=True)
class _Join:
    """Finishes a movie whose pictures are encoded."""

    plan: Plan
    source: Source
    pieces: Pieces
    chunks: Sequence[Chunk]
    is_alone: bool
    pixels_limit: int
    tick: Tick | None

    def into(self, out_dir: Path) -> Transcoded:
        """Write all files to a folder beside, and move them when all are there."""
        with tempfile.TemporaryDirectory(dir=out_dir, prefix=".unfinished-") as name:
            folder = Path(name)
            sound = self._sound(folder / "sound.mp4")
            written = [self._rung(rung, folder, sound) for rung in self.plan.rungs]
            files = [(f"{rung.name}.mp4", MP4) for rung in self.plan.rungs]
            if self.plan.settings.packaging == "hls":
                files += self._playlists(folder, written, has_sound=sound is not None)
            if self.plan.settings.poster:
                largest = self.plan.rungs[-1]
                write_poster(folder / f"{largest.name}.mp4", largest.width, folder / POSTER)
                files.append((POSTER, JPEG))
            for file, _ in files:
                (folder / file).replace(out_dir / file)
        rungs = tuple(map(self._made, self.plan.rungs, written))
        return Transcoded(tuple(files), rungs, self.plan.clock.seconds, sound)

    def _sound(self, path: Path) -> Sound | None:
        if not self.plan.settings.audio:
            return None
        return make_sound(self.source, self.plan, path, pixels_limit=self.pixels_limit)

    def _rung(self, rung: Rung, folder: Path, sound: Sound | None) -> Written:
        with self._coded(rung) as coded:
            return write_rung(
                folder / f"{rung.name}.mp4",
                coded,
                self.plan.clock,
                folder / "sound.mp4" if sound else None,
                is_fragmented=self.plan.settings.packaging != "mp4",
                tick=self.tick,
            )

    def _coded(self, rung: Rung) -> AbstractContextManager[Coded]:
        if rung.is_copied:
            return open_copy(self.source, self.plan, pixels_limit=self.pixels_limit)
        return open_pieces(self.pieces.get(rung.name, ()), self.chunks, self.plan.clock)

    def _playlists(
        self, folder: Path, written: Sequence[Written], *, has_sound: bool
    ) -> list[tuple[str, str]]:
        streams = []
        for rung, movie in zip(self.plan.rungs, written, strict=True):
            file = f"{rung.name}.mp4"
            segments = segments_of(folder / file, movie, self.plan.starts, self.plan.clock)
            (folder / f"{rung.name}.m3u8").write_text(media_playlist(file, segments), encoding="utf-8")
            streams.append(Stream(rung.name, rung.width, rung.height, movie.codec, segments))
        rate = len(self.plan.clock.ticks) / self.plan.clock.seconds
        (folder / MASTER).write_text(master_playlist(streams, rate, has_sound=has_sound), encoding="utf-8")
        return [(f"{stream.name}.m3u8", HLS) for stream in streams] + [(MASTER, HLS)]

    def _made(self, rung: Rung, written: Written) -> MadeRung:
        name = encoder_name(self.plan, (rung.width, rung.height), is_alone=self.is_alone)
        return MadeRung(
            file=f"{rung.name}.mp4",
            width=rung.width,
            height=rung.height,
            frames=written.frames,
            bits_per_second=round(8 * written.size_bytes / self.plan.clock.seconds),
            codec=written.codec,
            method="copied" if rung.is_copied else "encoded",
            encoder=None if rung.is_copied else name,
            why=rung.why,
        )
