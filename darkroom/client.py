"""The Python client: upload, submit, wait, download, with the retries that a network needs."""

import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx
import msgspec

from darkroom import client_samples, client_uploads
from darkroom.client_address import find_address
from darkroom.client_answers import Attempt, Job, Me, Media, Output, Result, SampleUpload
from darkroom.client_classifiers import Classifiers
from darkroom.client_errors import ClientError, Corrupt, unreachable
from darkroom.client_files import Tell, tell_nobody, write_whole
from darkroom.client_pages import Answer, pages, read_answer
from darkroom.client_sources import Sources
from darkroom.client_transport import Patience, Transport, retry_after

TIMEOUT_SECONDS = 30.0
PATIENCE_SECONDS = 60.0  # a server that restarts is back well within this time
POLL_SECONDS = 20.0  # of one long poll; servers allow 30
EARLY_SECONDS = 1.0  # an unchanged answer that comes sooner did not wait: the server has no room for waiters
DOWNLOAD_BYTES = 1 << 18


class Client:
    """One server, one token. Every verb may raise ClientError: Refused, Unreachable, Corrupt, NotMade.

    sources, classifiers: the verbs of label sets, labelled images, and what is trained on them.

    Without url and token: DARKROOM_URL and DARKROOM_TOKEN, else what `darkroom up` left in the data directory.
    timeout: seconds that one answer may take. patience: seconds for which one request is tried again.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        patience: float = PATIENCE_SECONDS,
        http: httpx.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        address = find_address(url, token)
        self.url = address.url
        self._clock = clock
        self._sleep = sleep
        self._transport = Transport(
            address.url,
            address.token,
            timeout_seconds=timeout,
            patience=lambda: Patience(patience, clock=clock, sleep=sleep, jitter=random.random),
            http=http,
        )
        self.sources = Sources(self._transport)
        self.classifiers = Classifiers(self._transport, self.submit, clock, sleep)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def upload(
        self,
        path: str | Path,
        name: str | None = None,
        progress: Tell = tell_nobody,
        resume: int | None = None,
    ) -> Media:
        """Send a file and return its record; a large one goes in parts.

        progress: called with (done, total) in bytes. resume: the id of an upload in parts that broke off.
        """
        path = Path(path)
        parcel = client_uploads.pack(path, name or path.name, progress)
        return client_uploads.send(self._transport, parcel, resume)

    def keep(self, job: Job | int, output: str, name: str | None = None) -> Media:
        """Make a medium of a file that a job made, to be an input of other jobs and to outlive this one."""
        order = {"job": job if isinstance(job, int) else job.id, "output": output, "name": name}
        said = {key: value for key, value in order.items() if value is not None}
        return read_answer(self._transport.call("POST", "/v1/media", json=said), Media)

    def media(self, media_id: int, wait: float | None = None) -> Media:
        """Return a record; with wait, seconds for which the server may hold the answer until it was probed."""
        return self._read(f"/v1/media/{media_id}", Media, {"wait": wait}, wait or 0.0)

    def probed(self, media_id: int) -> Media:
        """Return a record once it was looked into: its state is `ready` or `unusable`."""
        while True:
            asked_at = self._clock()
            record = self.media(media_id, wait=POLL_SECONDS)
            if record.state != "probing":
                return record
            if self._clock() - asked_at < EARLY_SECONDS:
                self._sleep(EARLY_SECONDS / 2)

    def picture(self, media_id: int, frames: Sequence[int] = (0,), **query: Any) -> bytes:
        """Return one picture of these frames, several as a montage; query: as `GET /v1/media/{id}/frames` takes it.

        Raises ClientError when the answer is several files: for those submit a `frames` job.
        """
        named = {} if query.keys() & {"seconds", "count"} else {"frames": ",".join(map(str, frames))}
        path = f"/v1/media/{media_id}/frames"
        while True:
            response = self._transport.call("GET", path, query=named | query, wait_seconds=POLL_SECONDS)
            if response.status_code == 202:  # it takes longer than the server holds an answer
                job = self.wait(read_answer(response, Job))
                if not job.has_result():
                    reason = job.failure.message if job.failure else f"it was {job.state.value}"
                    raise ClientError(f"job {job.id} has no picture: {reason}")
            elif response.headers.get("Content-Type", "").startswith("image/"):
                return response.content
            else:
                raise ClientError(
                    "the answer is not one picture",
                    hint="submit a job of kind 'frames', and download its files",
                )

    def submit(
        self,
        kind: str,
        inputs: dict[str, int] | None = None,
        params: dict[str, Any] | None = None,
        *,
        priority: int = 0,
        reuse: bool = True,
        idempotency_key: str | None = None,
    ) -> Job:
        """Order a job and return it, queued or already ended. inputs: media id by role.

        A fresh idempotency key makes it safe to try again: however often it is sent, one job comes of it.
        """
        order = {
            "kind": kind,
            "inputs": inputs or {},
            "params": params or {},
            "priority": priority,
            "reuse": reuse,
        }
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        response = self._transport.call("POST", "/v1/jobs", json=order, headers=headers)
        return read_answer(response, Job)

    def job(self, job_id: int, wait: float | None = None) -> Job:
        """Return a job; with wait, seconds for which the server may hold the answer until something changes."""
        return self._read(f"/v1/jobs/{job_id}", Job, {"wait": wait}, wait or 0.0)

    def wait(self, job: Job | int, progress: Callable[[Job], None] | None = None) -> Job:
        """Return the job once it has ended, however long that takes; progress is called at every change."""
        job_id = job if isinstance(job, int) else job.id
        etag: str | None = None
        while True:
            asked_at = self._clock()
            response = self._transport.call(
                "GET",
                f"/v1/jobs/{job_id}",
                query={"wait": None if etag is None else POLL_SECONDS},
                headers={} if etag is None else {"If-None-Match": etag},
                wait_seconds=POLL_SECONDS,
            )
            if response.status_code != 304:
                etag = response.headers.get("ETag")
                seen = read_answer(response, Job)
                if progress is not None:
                    progress(seen)
                if seen.has_ended():
                    return seen
            if (response.status_code == 304 or etag is None) and self._clock() - asked_at < EARLY_SECONDS:
                self._sleep(retry_after(response) or EARLY_SECONDS)

    def result(self, job_id: int) -> Result:
        """Return the result of a job; while it runs, ask again for as long as patience lasts."""
        return self._read(f"/v1/jobs/{job_id}/result", Result)

    def download(self, job: Job | int, out_dir: str | Path, progress: Tell = tell_nobody) -> list[Path]:
        """Write every file of the result into a folder, each checked by its digest; return their paths."""
        job_id = job if isinstance(job, int) else job.id
        folder = Path(out_dir)
        folder.mkdir(parents=True, exist_ok=True)
        names = [output.name for output in self.result(job_id).outputs]
        return [self._fetch(job_id, name, folder, progress) for name in names]

    def cancel(self, job_id: int) -> Job:
        """Ask for the end of a job; one that has ended stays as it is."""
        return read_answer(self._transport.call("DELETE", f"/v1/jobs/{job_id}"), Job)

    def rerun(self, job_id: int, params: dict[str, Any] | None = None, *, priority: int | None = None) -> Job:
        """Order the same work again on the same inputs; params take the place of all of the old ones."""
        order = {
            name: value for name, value in (("params", params), ("priority", priority)) if value is not None
        }
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return read_answer(
            self._transport.call("POST", f"/v1/jobs/{job_id}/rerun", json=order, headers=headers), Job
        )

    def provenance(self, job_id: int) -> dict[str, Any]:
        """Return what the result was made from, by what, and how it compares with the job it repeats."""
        return self._read(f"/v1/jobs/{job_id}/provenance", dict[str, Any])

    def attempts(self, job_id: int) -> list[Attempt]:
        page = self._read(f"/v1/jobs/{job_id}/attempts", dict[str, msgspec.Raw])
        return msgspec.json.decode(page["attempts"], type=list[Attempt])

    def jobs(
        self, *, kind: str | None = None, state: str | None = None, since: str | None = None, limit: int = 50
    ) -> Iterator[Job]:
        """Give one's jobs, newest first, page by page as they are asked for. since: RFC 3339."""
        query = {"kind": kind, "state": state, "since": since, "limit": limit}
        return pages(self._transport, "/v1/jobs", "jobs", Job, query)

    def upload_samples(self, device: str, samples: str | Path | Mapping[str, Any]) -> SampleUpload:
        """Send samples and return the upload once everybody who may can read it; the same bytes again change nothing.

        samples: a file (JSON, CSV, Arrow stream, Parquet by its ending, `.gz` or `.zst` after it), or
        `{"channel_names": […], "data": [[seconds, value, …], …]}`. Raises ClientError when it is refused.
        """
        upload = client_samples.send(self._transport, device, samples)
        if upload.state == "pending":
            self.wait(upload.job)
            upload = self._read(f"/v1/channels/{device}/uploads/{upload.id}", SampleUpload)
        if upload.state not in {"published", "undone"}:
            reason = upload.failure.message if upload.failure else f"it is {upload.state}"
            raise ClientError(f"upload {upload.id} was not published: {reason}")
        return upload

    def tile(self, channel: str, level: int, offset: int, **query: Any) -> dict[str, Any]:
        """Return a tile of `device.channel`; query: as `GET …/tiles/{level}.{offset}` takes it."""
        return self._read(f"/v1/channels/{channel}/tiles/{level}.{offset}", dict[str, Any], query)

    def me(self) -> Me:
        """Return whose token this is."""
        return self._read("/v1/me", Me)

    def _read(
        self,
        path: str,
        type_: type[Answer],
        query: dict[str, Any] | None = None,
        wait_seconds: float = 0.0,
    ) -> Answer:
        return read_answer(self._transport.call("GET", path, query=query, wait_seconds=wait_seconds), type_)

    def _fetch(self, job_id: int, name: str, folder: Path, progress: Tell) -> Path:
        if not name or name != Path(name).name or name.startswith("."):
            raise Corrupt(f"the server names a file {name!r}, which is no plain name")
        patience = self._transport.patience()
        while True:
            output = next(o for o in self.result(job_id).outputs if o.name == name)
            try:
                return self._save(output, folder / name, progress)
            except httpx.TransportError as error:
                if not patience.pause():
                    raise unreachable(output.url, error) from error

    def _save(self, output: Output, path: Path, progress: Tell) -> Path:
        response = self._transport.open(output.url)
        try:
            write_whole(path, response.iter_bytes(DOWNLOAD_BYTES), output.sha256, output.size, progress)
        finally:
            response.close()
        return path
