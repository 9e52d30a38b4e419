"""What uploads say: read from their bytes as received, or, to take one back, from what it had written over."""

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from darkroom.errors import NotFound
from pipelines.tiles.kept import joined
from pipelines.tiles.merge import merge
from pipelines.tiles.parse import parse_arrow, parse_csv, parse_json, parse_parquet, parse_rows, unpacked
from pipelines.tiles.values import Batch, Samples, Texts, Uploaded, stamp
from storage.blob_values import CHUNK, Reader
from storage.streams import manifest, uploads
from storage.streams.beside import imported_beside
from storage.streams.forms import Tracked
from storage.streams.uploads import Upload
from workers.channels import shelf_of, tail_of
from workers.tracked import said_by_track
from workers.work import Work


def said_by(work: Work, upload: Upload) -> Batch:
    """Return what an upload says. Raises BadInput."""
    form = upload.read_form()
    with _received(work, upload) as received:
        body: Any = received
        if form.encoding:
            body = unpacked(received, form.encoding, work.settings.streams_upload_limit_bytes)
        match form.format:
            case "json":
                return parse_json(body).batch
            case "rows":
                return parse_rows(body, form.channel_names)
            case "csv":
                return parse_csv(body)
            case "arrow":
                return parse_arrow(body)
            case "parquet":  # is read from its end
                return parse_parquet(_copy(work, body) if form.encoding else body)
            case "track":
                return said_by_track(_copy(work, body), form.track or Tracked())
            case "track":
                raise NotFound(f"the table of upload {upload.id} is not in the store")


def _received(work: Work, upload: Upload) -> Reader | io.BytesIO:
    if upload.key is not None:
        return work.blobs.open(upload.key)
    with work.ledger() as db:
        return io.BytesIO(uploads.body_of(db, upload.id))


def _copy(work: Work, body: Any) -> Path:
    """Return what a body gives as a file of the attempt's own, which goes with it."""
    path = work.folder() / "received"
    with path.open("wb") as file:
        shutil.copyfileobj(body, file, CHUNK)
    return path


def said_again(work: Work, undo: Upload) -> Batch:
    """Return what an undo says: at each time where the upload that it takes back is the last writer, what was there before.

    Where nothing was, that is a delete. Later uploads stay as they are, for they wrote later.
    """
    with work.ledger() as db:
        gone = uploads.by_id(db, undo.undoes or 0)
        beside = imported_beside(db, undo.undoes or 0)
    if gone is None:
        raise NotFound(f"there is no upload {undo.undoes}")
    before: dict[str, list[Uploaded]] = {}
    mine = said_by(work, gone)
    for other, _ in beside:
        for name, said in said_by(work, other).channels.items():
            if name in mine.channels:
                before.setdefault(name, []).append(said.stamped(other.id))
    channels = {
        name: _restored(_as_it_is(work, undo, name, said), gone.id, joined(before.get(name, [])))
        for name, said in mine.channels.items()
    }
    return Batch(channels, 0)


def _restored(now: Uploaded, gone: int, before: Uploaded) -> Uploaded:
    written = now.samples.take(now.samples.seq == gone)
    there = before.samples.take(np.isin(before.samples.t, written.t))
    deleted = Samples(written.t, np.full(len(written), np.nan), stamp(-1, len(written)))
    words = now.texts.take(now.texts.seq == gone)
    texts_there = before.texts.take(np.isin(before.texts.t, words.t))
    texts_deleted = Texts(words.t, np.full(len(words), None, object), stamp(-1, len(words)))
    return Uploaded(merge(deleted, there), merge(texts_deleted, texts_there))


def _as_it_is(work: Work, undo: Upload, name: str, said: Uploaded) -> Uploaded:
    """Return what the channel's newest version holds at the times of which an upload speaks."""
    with work.ledger() as db:
        version = manifest.of_name(db, undo.owner, undo.device, name)
    shelf = shelf_of(work, version)
    tail = tail_of(version)
    samples = [shelf.chunk(cell) for cell in shelf.cells(is_text=False, times=said.samples.t)]
    texts = [shelf.texts(cell) for cell in shelf.cells(is_text=True, times=said.texts.t)]
    kept = Uploaded(Samples.joined(samples), Texts.joined(texts))
    whole = joined([kept, *tail])
    return Uploaded(
        whole.samples.take(np.isin(whole.samples.t, said.samples.t)),
        whole.texts.take(np.isin(whole.texts.t, said.texts.t)),
    )
