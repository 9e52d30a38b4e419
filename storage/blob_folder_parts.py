"""Multipart uploads into a folder: a directory per upload, a file per part, one rename at the end."""

import re
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from darkroom.errors import Invalid, NotFound
from storage import blob_files
from storage.blob_intake import Intake, Promise, Source
from storage.blob_values import CHUNK, PART_MINIMUM, Part, check_part_number

UPLOADS = ".parts"
_KEY_FILE = "key"
_PART_FILE = re.compile(r"(\d{5})-([0-9a-f]{32})")


class FolderParts:
    """The uploads under way in one folder; their parts are named `<number>-<md5>`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self, key: str) -> str:
        """Open an upload for the key; return its id."""
        upload_id = uuid.uuid4().hex
        directory = self._root / UPLOADS / upload_id
        with blob_files.temporary(self._root) as path:
            blob_files.write(path, [key.encode()])
            blob_files.publish(path, directory / _KEY_FILE, self._root)
        return upload_id

    def put(self, key: str, upload_id: str, number: int, source: Source, promise: Promise) -> Part:
        """Store one part, in place of an earlier one of that number; return it with its MD5 as etag."""
        directory = self._directory(key, upload_id)
        check_part_number(number)
        intake = Intake(source, promise, with_md5=True)
        with blob_files.temporary(self._root) as path:
            blob_files.write(path, intake.chunks())
            with blob_files.locked(self._root):
                for earlier in directory.glob(f"{number:05d}-*"):
                    earlier.unlink()
                path.replace(directory / f"{number:05d}-{intake.md5}")
        blob_files.sync(directory)
        return Part(number, intake.size, intake.md5)

    def list(self, key: str, upload_id: str) -> list[Part]:
        """Return the parts received so far, by number."""
        directory = self._directory(key, upload_id)
        named = [(path, _PART_FILE.fullmatch(path.name)) for path in directory.iterdir()]
        parts = [Part(int(match[1]), path.stat().st_size, match[2]) for path, match in named if match]
        return sorted(parts, key=lambda part: part.number)

    def complete(self, key: str, upload_id: str, parts: Sequence[Part], target: Path) -> None:
        """Let the parts, in this order, be seen as one file, and end the upload.

        Raises Invalid (where="parts") when they are not those received, not ascending, or too small but for the last.
        """
        directory = self._directory(key, upload_id)
        check_parts(parts, self.list(key, upload_id))
        with blob_files.temporary(self._root) as path:
            blob_files.write(path, _joined([directory / f"{part.number:05d}-{part.etag}" for part in parts]))
            blob_files.publish(path, target, self._root)
        blob_files.remove_tree(directory, self._root)

    def abort(self, key: str, upload_id: str) -> None:
        """Forget an upload and its parts; harmless when it is over."""
        try:
            directory = self._directory(key, upload_id)
        except NotFound:
            return
        blob_files.remove_tree(directory, self._root)

    def _directory(self, key: str, upload_id: str) -> Path:
        directory = self._root / UPLOADS / upload_id
        if not re.fullmatch(r"[0-9a-f]{32}", upload_id) or not (directory / _KEY_FILE).is_file():
            raise NotFound("there is no such upload")
        if (directory / _KEY_FILE).read_text() != key:
            raise NotFound("there is no such upload")
        return directory


def _joined(paths: Sequence[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk


def check_parts(parts: Sequence[Part], received: Sequence[Part]) -> None:
    """Raise Invalid (where="parts") unless these parts make a whole, as S3 would have it."""
    etags = {part.number: part for part in received}
    numbers = [part.number for part in parts]
    if not parts or numbers != sorted(set(numbers)):
        raise Invalid("parts are named once each, in ascending order", where="parts")
    if any(part.number not in etags or etags[part.number].etag != part.etag for part in parts):
        raise Invalid("a part is named that was not received with this etag", where="parts")
    if any(etags[number].size < PART_MINIMUM for number in numbers[:-1]):
        raise Invalid("every part but the last has at least 5 MiB", where="parts", limit=PART_MINIMUM)
