"""The pictures of a classify job as files: media of its owner, or fetched by URL, once each."""

import hashlib
from pathlib import Path
from urllib.parse import unquote

import msgspec
import structlog
from msgspec import Struct

from darkroom.errors import Forbidden, NotFound
from darkroom.params_classify import ClassifyImage, ClassifyParams
from pipelines.errors import BadInput
from workers import shelf
from workers.fetch import COULD_NOT, NotFetched, fetch, read_target, rules_of
from workers.named import image_role
from workers.work import Work

log = structlog.get_logger()

FETCHED = "fetched"  # the folder of what came by URL


class ImageFile(Struct, frozen=True):
    """A picture, not to be written to, that nobody has looked into yet."""

    path: Path
    sha256: str


class _Outcome(Struct, frozen=True):
    """What became of a URL, kept beside its picture."""

    sha256: str = ""
    code: str = ""
    message: str = ""


def image_at(work: Work, params: ClassifyParams, index: int) -> ImageFile:
    """Return the picture with this index among the job's images. A URL that stands there twice is fetched once.

    Raises BadInput: could_not_download, too_large; and Unavailable when the store or the ledger does not answer.
    """
    image = params.images[index]
    if image.url is None:
        role = image_role(index)
        return ImageFile(work.file(role), work.inputs[role].sha256)
    with structlog.contextvars.bound_contextvars(image=index):
        path, sha256 = _by_url(work, image.url)
    return ImageFile(path, sha256)


def name_of(image: ClassifyImage) -> str:
    """Return what a picture is called: as its order says, else as the file that its URL names; empty for a medium."""
    if image.name or image.url is None:
        return image.name
    try:
        return unquote(read_target(image.url).name())
    except NotFetched:
        return ""


def _by_url(work: Work, url: str) -> tuple[Path, str]:
    try:
        key = shelf.find(work, url)
        if key is not None:
            return _hashed(work.blob(key))
    except (NotFound, Forbidden) as error:
        log.warning("not opened", reason=error.message)
        raise BadInput(COULD_NOT, code="could_not_download") from error
    return _fetched(work, url)


def _fetched(work: Work, url: str) -> tuple[Path, str]:
    """Fetch, or say again what came of it before."""
    path = work.folder() / FETCHED / hashlib.sha256(url.encode(errors="surrogatepass")).hexdigest()
    note = path.with_suffix(".json")
    if not note.exists():
        path.parent.mkdir(exist_ok=True)
        note.write_bytes(msgspec.json.encode(_fetch(work, url, path)))
    outcome = msgspec.json.decode(note.read_bytes(), type=_Outcome)
    if outcome.code:
        raise BadInput(outcome.message, code=outcome.code)
    return path, outcome.sha256


def _fetch(work: Work, url: str, path: Path) -> _Outcome:
    try:
        return _Outcome(sha256=fetch(url, path, rules_of(work.settings)).sha256)
    except BadInput as error:
        return _Outcome(code=error.code, message=error.message)


def _hashed(path: Path) -> tuple[Path, str]:
    with path.open("rb") as file:
        return path, hashlib.file_digest(file, "sha256").hexdigest()
