"""The client's verbs of sources: label sets, images and labelled points, and what is trained on them."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from darkroom.client_answers import Classifier, Label, Media, Source, SourceImage
from darkroom.client_files import read_span, tell_nobody
from darkroom.client_pages import pages, read_answer
from darkroom.client_transport import Transport

IMAGES_AT_ONCE = 1000  # in one request


class Sources:
    """`client.sources`: every verb takes a source or its id, and may raise ClientError."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, name: str, *, description: str = "", is_public: bool = False) -> Source:
        """Make an empty source."""
        order = {"name": name, "description": description, "is_public": is_public}
        return read_answer(self._transport.call("POST", "/v1/sources", json=order), Source)

    def find(self) -> Iterator[Source]:
        """Give the sources that one may see, newest first."""
        return pages(self._transport, "/v1/sources", "sources", Source)

    def get(self, source: Source | int) -> Source:
        return read_answer(self._transport.call("GET", _path(source)), Source)

    def delete(self, source: Source | int) -> None:
        """Delete a source with its labels, points and classifiers; its media stay."""
        self._transport.call("DELETE", _path(source))

    def change(self, source: Source | int, **what: Any) -> Source:
        """Change what is named: `name`, `description`, `is_public`."""
        return read_answer(self._transport.call("PATCH", _path(source), json=what), Source)

    def share(self, source: Source | int, user: str, *, may_edit: bool = False) -> None:
        """Let a user see the source and use its classifiers; may_edit: and change it. Safe to repeat."""
        self._transport.call("PUT", _member(source, user), json={"may_edit": may_edit})

    def unshare(self, source: Source | int, user: str) -> None:
        """Let a user see the source no longer."""
        self._transport.call("DELETE", _member(source, user))

    def add_labels(self, source: Source | int, name_by_code: Mapping[str, str]) -> list[Label]:
        """Add labels, all or none."""
        order = {"labels": [{"code": code, "name": name} for code, name in name_by_code.items()]}
        response = self._transport.call("POST", f"{_path(source)}/labels", json=order)
        return read_answer(response, dict[str, list[Label]])["labels"]

    def labels(self, source: Source | int) -> list[Label]:
        response = self._transport.call("GET", f"{_path(source)}/labels")
        return read_answer(response, dict[str, list[Label]])["labels"]

    def add_images(self, source: Source | int, images: Sequence[Media | int]) -> None:
        """Add media as images, under their names, so many at once that a slip costs little."""
        ids = [image if isinstance(image, int) else image.id for image in images]
        for first in range(0, len(ids), IMAGES_AT_ONCE):
            order = {"images": [{"media": one} for one in ids[first : first + IMAGES_AT_ONCE]]}
            self._transport.call("POST", f"{_path(source)}/images", json=order)

    def images(self, source: Source | int) -> Iterator[SourceImage]:
        """Give the images, newest first."""
        return pages(self._transport, f"{_path(source)}/images", "images", SourceImage)

    def import_points(
        self, source: Source | int, points: str | Path | Sequence[Mapping[str, Any]], *, replace: bool = False
    ) -> dict[str, int]:
        """Add labelled points, all or none; return how many are new, replaced and unchanged.

        points: a CSV file with the columns of CoralNet's annotations (Name, Row, Column, Label code), or
        `[{"image": …, "row": …, "column": …, "label": …}]`. replace: a point that is there takes the new label.
        """
        target, query = f"{_path(source)}/points", {"replace": "true" if replace else None}
        if not isinstance(points, str | Path):
            response = self._transport.call("POST", target, query=query, json={"points": list(points)})
            return read_answer(response, dict[str, int])
        path = Path(points)
        size = path.stat().st_size
        response = self._transport.call(
            "POST",
            target,
            query=query,
            body=lambda: read_span(path, 0, size, tell_nobody, size),
            headers={"Content-Type": "text/csv", "Content-Length": str(size)},
        )
        return read_answer(response, dict[str, int])

    def export_points(self, source: Source | int) -> str:
        """Return all labelled points as CSV, fit to be imported again."""
        return self._transport.call("GET", f"{_path(source)}/points", query={"format": "csv"}).text

    def train(self, source: Source | int, name: str | None = None, **how: Any) -> Classifier:
        """Order a classifier; return it in the state `training`. how: as `POST /v1/sources/{id}/train` takes it."""
        order = how if name is None else {"name": name, **how}
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        response = self._transport.call("POST", f"{_path(source)}/train", json=order, headers=headers)
        return read_answer(response, Classifier)


def _member(source: Source | int, user: str) -> str:
    return f"{_path(source)}/members/{quote(user, safe='')}"


def _path(source: Source | int) -> str:
    return f"/v1/sources/{source if isinstance(source, int) else source.id}"
