"""Encode a run of a movie's frames in all sizes at once: one decoder feeds a line per size."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from av.video.frame import VideoFrame

from pipelines.line import Line
from pipelines.source import Source
from pipelines.transcode.accelerator import find_accelerator
from pipelines.transcode.encoder import NVENC, X264, Encoder
from pipelines.transcode.ladder import Size
from pipelines.transcode.pictures import pictures
from pipelines.transcode.plan import Plan
from pipelines.transcode.prepare import prepared
from pipelines.transcode.schedule import Chunk
from pipelines.video.container import PIXELS_LIMIT

Tick = Callable[[int, int, str], None]
Step = tuple[int, VideoFrame, bool]  # number, picture, whether it is to be a keyframe
NVENC_LEAST: Size = (160, 64)  # it refuses pictures below 145 x 49


def encoder_name(plan: Plan, size: Size, *, is_alone: bool) -> str:
    """Say who encodes. Pieces of one movie must fit together wherever they were made: these are always x264's."""
    fits = size[0] >= NVENC_LEAST[0] and size[1] >= NVENC_LEAST[1]
    if plan.settings.encoder == "auto" and is_alone and fits and find_accelerator().encodes:
        return NVENC
    return X264


def encode_planned(
    plan: Plan,
    source: Source,
    chunk: Chunk,
    out_dir: Path,
    *,
    is_alone: bool,
    pixels_limit: int = PIXELS_LIMIT,
    tick: Tick | None = None,
) -> dict[str, Path]:
    """Encode the frames of `chunk` in every size that is not copied; give the file of each, by the rung's name.

    is_alone: no other machine encodes another part of this movie.
    """
    paths = {rung.name: out_dir / f"{rung.name}.piece.mp4" for rung in plan.encoded}
    lines: list[Line[Step]] = []
    with ExitStack() as stack:
        for rung in plan.encoded:
            size = (rung.width, rung.height)
            name = encoder_name(plan, size, is_alone=is_alone)
            encoder = Encoder(paths[rung.name], size, plan, name)
            lines.append(stack.enter_context(_encoding(encoder)))
        if lines:
            _feed(plan, source, chunk, lines, pixels_limit=pixels_limit, tick=tick)
    return paths


@contextmanager
def _encoding(encoder: Encoder) -> Iterator[Line[Step]]:
    """Encode beside the decoder and the other sizes; the file is whole once the block is left without an error."""

    def take(step: Step) -> None:
        number, frame, is_key = step
        encoder.add(number, frame, is_key=is_key)

    with closing(encoder):
        with Line(take) as line:
            yield line
        encoder.finish()


def _feed(
    plan: Plan, source: Source, chunk: Chunk, lines: list[Line[Step]], *, pixels_limit: int, tick: Tick | None
) -> None:
    """Decode once, and hand every frame to every line; the line that waits longest sets the pace."""
    keys = {chunk.start, *plan.starts.tolist()}
    largest = max((rung.width, rung.height) for rung in plan.encoded)
    on_gpu = plan.settings.encoder == "auto" and find_accelerator().decodes
    decoded = pictures(source, plan.index, chunk.start, chunk.end, on_gpu=on_gpu, pixels_limit=pixels_limit)
    with closing(decoded):
        for number, frame in prepared(decoded, plan.look, plan.index.turn, largest):
            for line in lines:
                line.add((number, frame, number in keys))
            if tick is not None:
                tick(number + 1 - chunk.start, chunk.end - chunk.start, "encoding")
