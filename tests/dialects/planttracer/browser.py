"""Plant Tracer's browser client: the requests that it makes, in the forms in which it makes them."""

import csv
import hashlib
import io
import json
import time
import weakref
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

POLL_SECONDS = 0.5
FIRST_FRAME_TRIES = 12
PATIENCE_SECONDS = 15.0  # without progress of a trace, until the client gives up
TRACED = "tracing completed"
LIMITS = httpx.Limits(keepalive_expiry=0.5)  # before the server hangs up, which may be in the midst of a call


class Wire(httpx.HTTPTransport):
    """Asks once more where a connection that was kept open is hung up, as browsers do; a server that died answers neither."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        try:
            return super().handle_request(request)
        except httpx.RemoteProtocolError as error:
            if "without sending a response" not in str(error):  # an answer that is no HTTP is told
                raise
            return super().handle_request(request)


class Browser:
    """One person at the client; without a key, nobody."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.key = key
        self.http = httpx.Client(base_url=url, timeout=60.0, transport=Wire(limits=LIMITS))
        weakref.finalize(self, self.http.close)  # many come, and none says goodbye

    def post(self, route: str, **fields: Any) -> httpx.Response:
        """POST as jQuery does: urlencoded, with the key among the fields."""
        return self.http.post(route, data=self._with_key(fields))

    def form(self, route: str, **fields: Any) -> httpx.Response:
        """POST as `fetch` does with a FormData: multipart, with the key among the fields."""
        return self.http.post(
            route, files={name: (None, str(value)) for name, value in self._with_key(fields).items()}
        )

    def get(self, route: str, **query: Any) -> httpx.Response:
        return self.http.get(route, params=self._with_key(query))

    def _with_key(self, fields: dict[str, Any]) -> dict[str, Any]:
        return fields if self.key is None else {"api_key": self.key, **fields}

    # --- movies

    def new_movie(self, data: bytes, **fields: Any) -> httpx.Response:
        known = {
            "title": "A plant",
            "description": "It grows",
            "movie_data_sha256": hashlib.sha256(data).hexdigest(),
        }
        return self.form("/api/new-movie", **{**known, "movie_data_length": len(data), **fields})

    def send(self, post: dict[str, Any], data: bytes) -> httpx.Response:
        """Give the movie's bytes to the store: all fields as they were handed out, the file last."""
        fields = [(name, (None, value)) for name, value in post["fields"].items()]
        return httpx.post(
            post["url"], files=[*fields, ("file", ("movie.mp4", data, "video/mp4"))], timeout=60.0
        )

    def start_upload(self, data: bytes, **fields: Any) -> str:
        """Order and send a movie; return its id, whatever will come of it."""
        answer = agreed(self.new_movie(data, **fields))
        sent = self.send(answer["presigned_post"], data)
        assert sent.is_success, sent.text
        return str(answer["movie_id"])

    def upload(self, movie: Path | bytes, **fields: Any) -> str:
        """Bring a movie in, as the upload page does; return its id once it is ready."""
        movie_id = self.start_upload(movie if isinstance(movie, bytes) else movie.read_bytes(), **fields)
        self.first_frame(movie_id)
        self.wait_for(movie_id, "ready")
        return movie_id

    def first_frame(self, movie_id: str) -> bytes:
        """Ask for the first frame as the page's `<img>` does, every 500 ms, at most 12 times."""
        for _ in range(FIRST_FRAME_TRIES):
            answer = self.get("/resize-api/v1/first-frame", movie_id=movie_id)
            if answer.is_success and answer.headers["content-type"] == "image/jpeg":
                return answer.content
            time.sleep(POLL_SECONDS)
        pytest.fail(f"no first frame: {answer.status_code} {answer.text[:300]}")

    def listed(self, movie_id: str) -> dict[str, Any]:
        (movie,) = [m for m in agreed(self.post("/api/list-movies"))["movies"] if m["movie_id"] == movie_id]
        return movie

    def metadata(self, movie_id: str) -> dict[str, Any]:
        return agreed(self.post("/api/get-movie-metadata", movie_id=movie_id))["metadata"]

    def wait_for(self, movie_id: str, status: str, seconds: float = 60.0) -> dict[str, Any]:
        """Wait until the movie has this status; return its metadata."""
        deadline = time.monotonic() + seconds
        while (movie := self.metadata(movie_id))["status"] != status:
            assert time.monotonic() < deadline, f"still {movie['status']!r}, not {status!r}"
            time.sleep(0.1)
        return movie

    # --- markers and traces

    def put(self, movie_id: str, frame: int, markers: Iterable[dict[str, Any]]) -> httpx.Response:
        return self.post(
            "/api/put-frame-trackpoints",
            movie_id=movie_id,
            frame_number=frame,
            trackpoints=json.dumps(list(markers)),
        )

    def trace(self, movie_id: str, frame_start: int = 0, **more: Any) -> httpx.Response:
        body = {"movie_id": movie_id, "frame_start": frame_start, **more}
        return self.http.post("/resize-api/v1/trace-movie", json=body, headers={"x-api-key": self.key or ""})

    def follow(self, movie_id: str, frame_start: int = 0) -> dict[str, Any]:
        """Poll a trace by the client's rules; return the answer in which it is completed."""
        gives_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = agreed(
                self.post("/api/get-movie-metadata", movie_id=movie_id, get_all_if_tracking_completed="true")
            )
            movie = answer["metadata"]
            if movie["status"] == TRACED:
                return answer
            assert movie["status"] == "tracing", movie
            if (movie["last_frame_tracked"] or 0) > frame_start:
                gives_up = time.monotonic() + PATIENCE_SECONDS
            assert time.monotonic() < gives_up, "backend lambda is unresponsive. Please report."
            time.sleep(POLL_SECONDS)

    def traced(self, movie_id: str, frame_start: int = 0, **more: Any) -> dict[str, Any]:
        """Trace, and wait; return the answer that tells of the end."""
        begun = self.trace(movie_id, frame_start, **more)
        assert begun.status_code == 200, begun.text
        return self.follow(movie_id, frame_start)

    def frames(self, movie_id: str, first: int = 0, count: int = 10_000) -> dict[str, Any]:
        return agreed(
            self.post("/api/get-movie-metadata", movie_id=movie_id, frame_start=first, frame_count=count)
        )["frames"]

    def table(self, movie_id: str) -> list[list[str]]:
        """The movie's CSV, row by row, the header first."""
        answer = self.get("/api/get-movie-trackpoints", movie_id=movie_id)
        assert answer.status_code == 200, answer.text
        return list(csv.reader(io.StringIO(answer.text)))


def agreed(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer that the client takes for a success."""
    assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:500]}"
    body = answer.json()
    assert body["error"] is False, body
    return body


def refused(answer: httpx.Response, status: int = 200) -> str:
    """Return the message of an answer that the client takes for a refusal."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
    body = answer.json()
    assert body["error"] is True, body
    return str(body["message"])


def fetch(url: str) -> bytes:
    """Follow a signed link without any credential."""
    answer = httpx.get(url, timeout=60.0)
    assert answer.status_code == 200, answer.text[:300]
    return answer.content


def pictures(archive: bytes) -> dict[str, bytes]:
    """Return the files of a ZIP by name, in its own order."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        return {name: files.read(name) for name in files.namelist()}


def marker(label: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    """A marker at (x, y) px of the analysis frame, the origin at its lower left."""
    return {"x": x, "y": y, "label": label, **more}


def spots(frame: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Return where each marker of a frame is, by label."""
    return {point["label"]: (float(point["x"]), float(point["y"])) for point in frame["markers"]}
