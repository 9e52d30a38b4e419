"""What jobs made for a movie, kept beyond their time: their outputs become media of the movie's owner."""

import sqlalchemy as sa

from darkroom.errors import NotFound
from darkroom.jobs import Output
from storage import media
from storage.blob_values import Blob
from storage.blobs import Blobs
from storage.jobs import Job
from storage.media import Media


def output_of(job: Job, name: str) -> Output:
    """Return what a job made under this name. Raises NotFound."""
    found = next((output for output in job.read_result().outputs if output.name == name), None)
    if found is None:
        raise NotFound(f"job {job.id} made no {name}")
    return found


def keep(blobs: Blobs, output: Output) -> Blob:
    """Store an output under its digest, where no expiry of its job takes it. Raises NotFound, Unavailable."""
    with blobs.open(output.key) as file:
        return blobs.put(
            None,
            file,
            content_type=output.content_type,
            expect_sha256=output.sha256,
            expect_size=output.size,
        )


def record(db: sa.Connection, owner: int, blob: Blob, name: str) -> Media:
    """Write down the medium of what was kept."""
    return media.add(db, owner, sha256=blob.sha256, size=blob.size, name=name, content_type=blob.content_type)
