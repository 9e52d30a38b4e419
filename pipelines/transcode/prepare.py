"""Make pictures fit to be scaled: fields woven into frames, turned upright, HDR brought to SDR."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av.error
from av.filter import Graph
from av.video.frame import VideoFrame

from pipelines.transcode.ladder import Size
from pipelines.transcode.look import Look
from pipelines.transcode.pictures import Numbered
from pipelines.transcode.tone import write_cube
from pipelines.video.turn import Turn

_LIMITED, _FULL = 1, 2
_BT709 = "bt709"
Step = tuple[str, dict[str, str]]


def prepared(frames: Iterable[Numbered], look: Look, turn: Turn, largest: Size) -> Iterator[Numbered]:
    """Give every frame once, upright, SDR, progressive, and saying what its colours are.

    largest: (width, height) of the largest picture wanted; HDR is scaled to it before its colours are computed.
    """
    with _steps(look, turn, largest) as steps:
        labelled = (_labelled(number, frame, look) for number, frame in frames)
        if not steps:
            yield from labelled
            return
        yield from _filtered(labelled, steps)


def _labelled(number: int, frame: VideoFrame, look: Look) -> Numbered:
    """Say on a frame what the movie left open: a scaler and a player would each guess for themselves."""
    if not look.is_rgb:
        frame.colorspace = look.matrix
    frame.color_range = _FULL if look.is_full else _LIMITED
    return number, frame


@contextmanager
def _steps(look: Look, turn: Turn, largest: Size) -> Iterator[list[Step]]:
    steps = [("bwdif", {"mode": "send_frame", "deint": "interlaced"})] if look.is_interlaced else []
    steps += _turned(turn)
    if not look.is_hdr:
        yield steps
        return
    folder = tempfile.mkdtemp(prefix="darkroom-tone-")
    try:
        cube = Path(folder) / "tone.cube"
        write_cube(cube, look.transfer)
        yield steps + _toned(cube, largest)
    finally:
        shutil.rmtree(folder)


def _turned(turn: Turn) -> list[Step]:
    steps: list[Step] = [("hflip", {})] if turn.mirrored else []
    match turn.rotation:
        case 90:
            steps.append(("transpose", {"dir": "clock"}))
        case 180:
            steps += [("hflip", {}), ("vflip", {})]
        case 270:
            steps.append(("transpose", {"dir": "cclock"}))
    return steps


def _toned(cube: Path, largest: Size) -> list[Step]:
    """Scale, open to R'G'B', look up, close to BT.709; 10 bits until the last step."""
    width, height = map(str, largest)
    flags = "bicubic+accurate_rnd+full_chroma_int"
    return [
        ("scale", {"w": width, "h": height, "flags": flags}),
        ("format", {"pix_fmts": "gbrp10le"}),
        ("lut3d", {"file": str(cube), "interp": "tetrahedral"}),
        ("setparams", {"color_primaries": _BT709, "color_trc": _BT709}),
        ("scale", {"out_color_matrix": _BT709, "out_range": "limited", "flags": flags}),
        ("format", {"pix_fmts": "yuv420p"}),
    ]


def _filtered(frames: Iterator[Numbered], steps: list[Step]) -> Iterator[Numbered]:
    """Run frames through FFmpeg's filters; a frame's number travels as its time."""
    graph: Graph | None = None
    for number, frame in frames:
        graph = graph or _graph(frame, steps)
        frame.pts, frame.time_base = number, Fraction(1)
        graph.vpush(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.vpush(None)
        yield from _pulled(graph)


def _graph(frame: VideoFrame, steps: list[Step]) -> Graph:
    graph = Graph()
    graph.threads = 1  # the encoders beside it keep the other cores busy
    size = f"{frame.width}x{frame.height}"
    nodes = [
        graph.add(
            "buffer",
            video_size=size,
            pix_fmt=frame.format.name,
            time_base="1/1",
            colorspace=str(frame.colorspace),
            range=str(frame.color_range),
        )
    ]
    nodes += [graph.add(name, **options) for name, options in steps]
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph


def _pulled(graph: Graph) -> Iterator[Numbered]:
    while True:
        try:
            frame = graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        yield int((frame.pts or 0) * (frame.time_base or 1)), frame
