"""The actor of `drill`: rehearses what a job can do to its worker."""

import shutil

from darkroom.params import DrillParams
from pipelines.drill import OUTPUT, drill
from workers.work import Made, Work

OCTETS = "application/octet-stream"


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, DrillParams)  # noqa: S101 - the table of actors pairs kinds and params
    is_piece = params.joins and not work.is_join
    output_bytes = 0 if work.is_join else params.output_bytes or int(is_piece)  # a byte at least to join
    drill(
        seconds=params.seconds,
        ending=params.ending,
        output_bytes=output_bytes,
        out_dir=work.folder() if output_bytes else None,
        tick=work.tick,
    )
    summary = {"seconds": params.seconds, "part": work.part}
    if work.is_join:
        return Made(summary=summary | _join(work), files=[(OUTPUT, OCTETS)])
    return Made(summary=summary, files=[(OUTPUT, OCTETS)] if output_bytes else [])


def _join(work: Work) -> dict[str, int]:
    """Put the pieces one behind the other; return how many they were, and their bytes."""
    expected = [f"{part:05d}-{OUTPUT}" for part in range(work.parts_total - 1)]
    if [piece.name for piece in work.pieces] != expected:
        raise RuntimeError(f"the pieces are not those of all parts: {[piece.name for piece in work.pieces]}")
    whole = work.folder() / OUTPUT
    with whole.open("wb") as file:
        for piece in work.pieces:
            with work.fetch(piece).open("rb") as source:
                shutil.copyfileobj(source, file)
    return {"pieces": len(work.pieces), "piece_bytes": whole.stat().st_size}
