"""What uploads say: read from their bytes as received, or, to take one back, from what it had written over."""

import io
import shutil
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from darkroom.errors import NotFound
from pipelines.tiles.kept import joined
from pipelines.tiles.merge import merge
from pipelines.tiles.parse import parse_arrow, parse_csv, parse_json, parse_parquet, parse_rows, unpacked
from pipelines.tiles.values import Batch, Samples, Texts, Uploaded, stamp
from storage.blob_values import CHUNK, Reader
from storage.streams import uploads
from storage.streams.beside import imported_beside, imported_names
from storage.streams.forms import Tracked
from storage.streams.uploads import Upload
from workers.tracked import said_by_track
from workers.work import Work

T = TypeVar("T", Samples, Texts)


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

    Where nothing was, that is a delete. Later uploads stay as they are, for they wrote later. It follows from the uploads
    alone, whatever has been folded, compacted or undone since.
    """
    with work.ledger() as db:
        gone = uploads.by_id(db, undo.undoes or 0)
        names = imported_names(db, undo.undoes or 0)
        others = imported_beside(db, undo.undoes or 0)
    if gone is None:
        raise NotFound(f"there is no upload {undo.undoes}")
    mine = said_by(work, gone).channels
    beside: dict[str, list[Uploaded]] = {name: [] for name in names if name in mine}
    for other in others:
        for name, said in said_by(work, other).channels.items():
            if name in beside:
                beside[name].append(said.stamped(other.id))
    channels = {name: _restored(mine[name].stamped(gone.id), joined(those)) for name, those in beside.items()}
    return Batch(channels, 0)


def _restored(mine: Uploaded, others: Uploaded) -> Uploaded:
    """Return what the others say where mine won, and deletes where they say nothing."""
    return Uploaded(
        _there(merge(others.samples, mine.samples), mine.samples, others.samples),
        _there(merge(others.texts, mine.texts), mine.texts, others.texts),
    )


def _there(whole: T, mine: T, others: T) -> T:
    won = whole.t[whole.seq == mine.seq[:1]]  # all of mine have one number, and others have others
    there = others.take(np.isin(others.t, won))
    return merge(_deletes(mine.take(np.isin(mine.t, won))), there)


def _deletes(entries: T) -> T:
    count = len(entries)
    match entries:
        case Samples():
            return Samples(entries.t, np.full(count, np.nan), stamp(-1, count))
        case Texts():
            return Texts(entries.t, np.full(count, None, object), stamp(-1, count))
