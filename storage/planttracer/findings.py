"""What the jobs of a movie have to say: what its probe found, and why a job failed."""

import msgspec
import sqlalchemy as sa

from darkroom.errors import NotFound, NotReady
from darkroom.facts import MovieFacts
from darkroom.jobs import JobState, Output
from storage import jobs, media
from storage.jobs import Job
from storage.planttracer.movies import Movie

EXPIRED = "the result of the work expired before anybody looked at it"
REASON_LIMIT = 500  # characters of `tracing_failure_summary`, as the wire has it


def probe_of(db: sa.Connection, movie: Movie) -> Job | None:
    """Return the job that looks into the movie, None before its upload."""
    if movie.media_id is None:
        return None
    record = media.get(db, movie.media_id, None)
    return None if record.probe_job is None else jobs.get(db, record.probe_job, None)


def facts_of(db: sa.Connection, movie: Movie) -> MovieFacts:
    """Return what the probe found. Raises NotReady before that."""
    probe = probe_of(db, movie)
    if probe is None or probe.state is not JobState.SUCCEEDED:
        raise NotReady(f"movie {movie.movie_id} is still being looked into")
    return msgspec.convert(probe.read_result().summary, MovieFacts)


def upright_size(facts: MovieFacts, movie: Movie) -> tuple[int, int]:
    """Return (width, height) in pixels of the movie itself as its user has turned it."""
    turned = movie.rotation in {90, 270}
    return (facts.height, facts.width) if turned else (facts.width, facts.height)


def output_of(job: Job, name: str) -> Output:
    """Return what a job made under this name. Raises NotFound."""
    found = next((output for output in job.read_result().outputs if output.name == name), None)
    if found is None:
        raise NotFound(f"job {job.id} made no {name}")
    return found


def reason_of(job: Job) -> str:
    """Return why a job did not succeed, in one line."""
    failure = job.read_failure()
    if failure is None:
        return f"the work was {job.state.value}"
    return failure.message[:REASON_LIMIT]
