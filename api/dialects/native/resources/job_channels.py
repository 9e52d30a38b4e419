"""What a track found, as channels: x, y and speed of every point."""

from falcon import Request, Response

from api import samples
from api.dialects.native import channel_wire as wire
from api.dialects.native.resources.results import finished
from api.dialects.native.resources.samples import PENDING, PUBLISHED, answer_taken
from api.dialects.native.translate import params_of
from api.services import Services
from api.typed import operation
from darkroom.errors import Conflict, Gone, NotFound, TooLarge
from darkroom.jobs import Output
from storage import jobs
from storage.engine import read
from storage.jobs import Job
from storage.streams import Form, Tracked

TABLES = ("track.parquet", "track.csv")  # the first of them that there is


class JobChannels:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Turn a track into channels",
        query=wire.SamplesQuery,
        body=wire.TrackChannelsOrder,
        body_is_optional=True,
        answers={200: PUBLISHED, 202: PENDING},
        faults=(409, 410),
    )
    def on_post(
        self,
        req: Request,
        resp: Response,
        job: int,
        query: wire.SamplesQuery,
        body: wire.TrackChannelsOrder,
    ) -> None:
        """Every point of a finished `track` becomes channels `<label>.x`, `.y` (pixels, y down) and `.speed` (pixels per
        second); where it was lost they have no samples. An upload whose bytes are the job's table; asked for again in
        the same words, the same one.
        """
        owner = req.context.caller.user_id
        with read(self.services.engine) as db:
            track = finished(jobs.get(db, job, owner))
        form = Form(format="track", track=_tracked(track, body))
        output = _table(track, self.services.settings.table_limit_bytes)
        device = body.device or f"track_{job}"
        try:
            taken = samples.take_output(
                self.services, owner, device, form, output, dialect="native", wait=query.wait
            )
        except NotFound as error:
            raise Gone(
                f"{output.name!r} was removed with its job's result", hint="run the job again"
            ) from error
        answer_taken(resp, taken)


def _tracked(track: Job, body: wire.TrackChannelsOrder) -> Tracked:
    own = params_of(track).get("frames_per_minute")
    return Tracked(
        start=body.start,
        frames_per_minute=own if body.frames_per_minute is None else body.frames_per_minute,
        names=dict(sorted(body.names.items())),
    )


def _table(track: Job, limit: int) -> Output:
    """Return the table of a track. Raises Conflict where there is none, TooLarge."""
    if track.kind != "track":
        raise Conflict(f"job {track.id} is of the kind {track.kind}; what a track found becomes channels")
    output_by_name = {output.name: output for output in track.read_result().outputs}
    for name in TABLES:
        if name in output_by_name:
            output = output_by_name[name]
            if output.size > limit:
                raise TooLarge(f"{name} has {output.size} bytes; a table has at most {limit}", limit=limit)
            return output
    raise Conflict(f"job {track.id} made no table", hint="order it again with the output csv or parquet")
