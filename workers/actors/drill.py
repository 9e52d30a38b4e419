"""The actor of `drill`: rehearses what a job can do to its worker."""

from darkroom.params import DrillParams
from pipelines.drill import drill
from workers.work import Made, Work


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, DrillParams)  # noqa: S101 - the table of actors pairs kinds and params
    drill(
        seconds=params.seconds,
        ending=params.ending,
        output_bytes=params.output_bytes,
        out_dir=work.folder() if params.output_bytes else None,
        tick=work.tick,
    )
    files = [("drill.bin", "application/octet-stream")] if params.output_bytes else []
    return Made(summary={"seconds": params.seconds, "part": work.part}, files=files)
