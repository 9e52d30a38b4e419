"""Pictures of ours that a URL names: media of the job's owner, and what signed links of the folder store permit."""

import re
from urllib.parse import parse_qs, unquote

from storage import blob_door, media
from storage.blob_folder import FolderBlobs
from workers.fetch import NotFetched, Target, read_target
from workers.work import Work

BLOBS = "/blobs/"
_CONTENT = re.compile(r"/v1/media/([0-9]{1,15})/content")


def find(work: Work, url: str) -> str | None:
    """Return the key of the blob that the URL names if it is one of ours, None when others have it.

    Nothing goes through a door: what a stranger's token could not read there is not read here either.
    Raises NotFound for what is not there or not the owner's, Forbidden for a link that is not good, Unavailable.
    """
    here = _path_here(work, url)
    if here is None or not work.owner:  # without a ledger nobody owns anything
        return None
    path, _, query = here.partition("?")
    if (content := _CONTENT.fullmatch(path)) is not None:
        return _medium(work, int(content[1]))
    if path.startswith(BLOBS) and isinstance(work.blobs, FolderBlobs):
        return _linked(work.blobs, unquote(path.removeprefix(BLOBS)), query)
    return None


def _path_here(work: Work, url: str) -> str | None:
    """Return path and query as our own doors see them, None for an address that is not ours."""
    try:
        asked, base = read_target(url), read_target(work.settings.url())
    except NotFetched:
        return None
    root = base.path.rstrip("/")
    return asked.path.removeprefix(root) if _is_under(asked, base, root) else None


def _is_under(asked: Target, base: Target, root: str) -> bool:
    return asked.site() == base.site() and asked.path.startswith(f"{root}/")


def _medium(work: Work, media_id: int) -> str:
    with work.ledger() as db:
        return media.get(db, media_id, work.owner).key()


def _linked(blobs: FolderBlobs, key: str, query: str) -> str:
    claims = {
        name: values[0] if len(values) == 1 else values
        for name, values in parse_qs(query, keep_blank_values=True).items()
    }
    return blob_door.permit(blobs, "GET", key, claims).key
