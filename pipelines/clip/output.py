"""Write one file of one or more cuts: pictures copied and encoded, times without a gap, sound in step."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

import av
import av.container
import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pipelines.clip.encoder import configure, encoded, form_of, timed
from pipelines.clip.movie import Movie
from pipelines.clip.plan import Copy, Cut, Encode, Run
from pipelines.clip.sound import sound_track
from pipelines.errors import CannotDecode
from pipelines.video.frames import Picture
from pipelines.video.join import Packaging, Track, delay, fill, open_output
from pipelines.video.parameter_sets import PPS, SPS, ParameterSets
from pipelines.video.turn import Turn

Ticks = NDArray[np.int64]
Packets = Iterator["Packet[Any]"]

_REORDER = 2  # pictures that x264 moves ahead at most


class Altered(Exception):
    """A movie brings parameter sets along that its header does not name: nothing may be put between its pictures."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A run and its place in the file. pts: of its packets, copied or as shown, in ticks since the file's first frame."""

    run: Run
    pts: Ticks


def write(
    movie: Movie,
    cuts: Sequence[Cut],
    out: Path,
    packaging: Packaging,
    *,
    audio: bool,
    step: Callable[[], None],
) -> None:
    """Write the cuts one behind the other; call `step` once a frame.

    Raises Altered, CannotDecode, and BadInput (code cannot_hold) when the file cannot hold the codec.
    """
    runs, end = _placed(movie, cuts)
    with open_output(out, packaging, movie.index.time_base) as container:
        if any(isinstance(placed.run, Copy) for placed in runs):
            picture = _copied_track(movie, runs, end, step)
        else:
            picture = _encoded_track(movie, runs, end, step, container)
        tracks = [picture]
        if audio:
            spans = [movie.span(cut.first, cut.end) for cut in cuts]
            tracks += filter(None, [sound_track(movie.container, spans, container, packaging)])
        fill(container, tracks)


@cache
def mp4_takes(codec: str) -> bool:
    """Tell whether an MP4 may hold a codec; Matroska holds all."""
    with av.open(BytesIO(), "w", format="mp4") as container:
        return codec in container.supported_codecs


def _placed(movie: Movie, cuts: Sequence[Cut]) -> tuple[list[Placed], int]:
    """Put all runs one behind the other, each cut in its own rhythm; also give where the last frame ends."""
    index, order, place, runs = movie.index, movie.order, 0, []
    for cut in cuts:
        first = int(index.pts[index.order[cut.first]])
        for run in cut.runs:
            match run:
                case Encode():
                    pts = index.pts[index.order[run.first : run.end]]
                case Copy():
                    assert order is not None  # noqa: S101 - nothing is copied where the order is not known
                    pts = order.pts[run.packets]
            runs.append(Placed(run, pts - first + place))
        place += movie.end_ticks(cut.end) - first
    return runs, place


def _copied_track(movie: Movie, runs: Sequence[Placed], end: int, step: Callable[[], None]) -> Track:
    """Give the movie's own track, with parameter sets for what is encoded between."""
    copies = [placed.run for placed in runs if isinstance(placed.run, Copy)]
    if len(copies) == len(runs):
        packets = (_copy(movie, placed, None) for placed in runs)
        return Track(movie.stream, _in_step(chain.from_iterable(packets), runs, end, step))
    matched = movie.matched(copies[0].first)

    def packets_of(placed: Placed) -> Packets:
        if isinstance(placed.run, Copy):
            return _copy(movie, placed, matched.sets)
        pictures = movie.pictures(placed.run.first, placed.run.end)
        return matched.encode(timed(pictures, matched.form, placed.pts.tolist(), movie.index.time_base))

    packets = (packets_of(placed) for placed in runs)
    return Track(
        movie.stream, _in_step(chain.from_iterable(packets), runs, end, step), matched.sets.extradata
    )


def _encoded_track(
    movie: Movie,
    runs: Sequence[Placed],
    end: int,
    step: Callable[[], None],
    container: av.container.OutputContainer,
) -> Track:
    """Give a track of an encoder, in which each run begins with a keyframe; turned as the movie is."""
    pictures = [_pictures(movie, placed) for placed in runs]
    head = next(pictures[0])
    form = form_of(head.frame, movie.aspect)
    stream = container.add_stream("libx264", rate=movie.index.rate)
    configure(stream.codec_context, head.frame, form, movie.index, movie.crf)
    _turn(stream, movie.index.turn)
    pictures[0] = chain([head], pictures[0])
    frames = (
        timed(shown, form, placed.pts.tolist(), movie.index.time_base)
        for shown, placed in zip(pictures, runs, strict=True)
    )
    return Track(stream, _in_step(encoded(stream, chain.from_iterable(frames)), runs, end, step))


def _pictures(movie: Movie, placed: Placed) -> Iterator[Picture]:
    return movie.pictures(placed.run.first, placed.run.end)


def _turn(stream: VideoStream, turn: Turn) -> None:
    """Have a track shown turned. Source: ISO 14496-12, 8.3.2: 16.16 fixed point, the last one 2.30."""
    if not turn.is_none:
        a, b, c, d = (value << 16 for value in turn.matrix)
        stream.set_display_matrix((a, b, 0, c, d, 0, 0, 0, 1 << 30))


def _copy(movie: Movie, placed: Placed, sets: ParameterSets | None) -> Packets:
    """Give a run's packets as they are. sets: all parameter sets that there may be; others raise Altered."""
    assert isinstance(placed.run, Copy)  # noqa: S101 - see the callers
    numbers, place = placed.run.packets, 0
    for number, packet in movie.packets(int(numbers[0]), int(numbers[-1]) + 1):
        if number != numbers[place]:
            continue
        if sets is not None:
            _check(bytes(packet), sets)
        packet.pts, packet.time_base = int(placed.pts[place]), movie.index.time_base
        packet.is_keyframe = bool(movie.index.is_key[number])
        place += 1
        yield packet


def _check(packet: bytes, sets: ParameterSets) -> None:
    for nal in sets.nals(packet):
        if nal and nal[0] & 31 in {SPS, PPS} and nal not in (*sets.sps, *sets.pps):
            raise Altered


def _in_step(
    packets: Iterable["Packet[Any]"], runs: Sequence[Placed], end: int, step: Callable[[], None]
) -> Packets:
    """Give packets their decode times: the frames' own rhythm, so far ahead that no frame is late.

    The duration is each frame's own, but for the packet stored last: an MP4 ends so long after that one.
    """
    shown = np.concatenate([np.sort(placed.pts) for placed in runs])
    ahead = max(_ahead(placed) for placed in runs)
    durations = np.diff(shown, append=end)
    place = 0
    for place, packet in enumerate(packets, 1):
        own = len(shown) - 1 if place == len(shown) else int(np.searchsorted(shown, packet.pts or 0))
        packet.dts, packet.duration = int(shown[place - 1]) - ahead, int(durations[own])
        step()
        yield packet
    if place != len(shown):
        raise CannotDecode(
            f"the clip broke after {place} of {len(shown)} frames", frame=runs[0].run.first + place
        )


def _ahead(placed: Placed) -> int:
    if isinstance(placed.run, Copy):
        return delay(placed.pts)
    return int(np.max(placed.pts[_REORDER:] - placed.pts[:-_REORDER], initial=0)) or int(np.ptp(placed.pts))
