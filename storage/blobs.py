"""The blob store, whichever it is: one protocol for a folder and for S3."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from darkroom.settings import Settings
from storage.blob_folder import FolderBlobs
from storage.blob_intake import Source
from storage.blob_s3 import S3Blobs
from storage.blob_values import OCTETS, Blob, Delivery, Part, Reader, SignedPost, SignedRequest, Stat

LARGEST = 5 << 40  # bytes; S3 knows no larger blob


class Blobs(Protocol):
    """Every verb may raise Unavailable when the store does not answer, and Invalid for a key that is none."""

    def prepare(self, origins: Sequence[str] = ()) -> None:
        """Make the bucket or folder if there is none; let browsers of these origins use signed links."""

    def check(self) -> None:
        """Store, read and delete a small blob; what is raised says what to do."""

    def close(self) -> None:
        """Let go of connections; the store can be used again."""

    def put(
        self,
        key: str | None,
        stream: Source,
        *,
        content_type: str = OCTETS,
        size_limit: int | None = None,
        expect_sha256: str | None = None,
        expect_size: int | None = None,
    ) -> Blob:
        """Store a stream, in constant memory; without a key under `media/<sha256>`, equal bytes once.

        Storing again renews the time of modification. What does not arrive whole and as announced leaves nothing:
        raises Invalid (where="body" when it broke off, "sha256"), TooLarge beyond the limit.
        """
        ...

    def put_file(self, key: str | None, path: Path, *, content_type: str = OCTETS) -> Blob:
        """Store a local file as `put` does."""
        ...

    def open(self, key: str) -> Reader:
        """Return the blob as a seekable file, read by range as needed; raises NotFound."""
        ...

    def local_path(self, key: str) -> Path | None:
        """Return where the blob is a file on this machine, None when it is none; raises NotFound."""
        ...

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """Return the bytes of this range that exist, perhaps none; raises NotFound."""
        ...

    def get(
        self,
        key: str,
        *,
        if_none_match: str | None = None,
        range: str | None = None,
        if_range: str | None = None,
    ) -> Delivery:
        """Answer an HTTP GET with these headers; close the body that comes with it.

        Raises NotFound, and Invalid (where="Range", limit=size) when the range begins beyond the end.
        """
        ...

    def stat(self, key: str) -> Stat | None:
        """Return what is known of the blob, None when there is none."""
        ...

    def list(self, prefix: str = "", older_than: float | None = None) -> Iterator[Stat]:
        """Give the blobs whose key begins so, in no order; only those modified before this epoch second."""
        ...

    def delete(self, key: str, *, older_than: float | None = None) -> bool:
        """Remove the blob, if there is one.

        older_than: spare it, and return False, when it was modified since then; so a sweep spares what was renewed.
        """
        ...

    def adopt(
        self,
        key: str,
        *,
        content_type: str = OCTETS,
        size_limit: int | None = None,
        expect_sha256: str | None = None,
    ) -> Blob:
        """Move what a client uploaded under `incoming/…` to `media/<sha256>`; return it.

        Again and after a crash it answers the same: a note `<key>.adopted` stays behind, until it is swept by age.
        Raises NotFound when nothing was uploaded, TooLarge and Invalid (where="sha256") and then moves nothing.
        """
        ...

    def copy(self, key: str, to: str, *, content_type: str = OCTETS) -> None:
        """Let the bytes of a blob be seen under another key too, modified now; they do not pass through here.

        What is there already is replaced. Raises NotFound when there is no such blob.
        """
        ...

    def discard_unfinished(self, older_than: float) -> int:
        """Remove uploads that were begun and not touched since this epoch second; return how many."""
        ...

    def init(self, key: str, content_type: str = OCTETS) -> str:
        """Begin an upload in parts; return its id."""
        ...

    def put_part(self, key: str, upload_id: str, number: int, data: bytes, md5: str | None = None) -> str:
        """Store a part, in place of an earlier one of that number; return its etag.

        md5: as Content-MD5 writes it (base64). Raises Invalid (where="md5") when it is not that of the bytes, and
        NotFound when the upload is over, as the verbs below do.
        """
        ...

    def list_parts(self, key: str, upload_id: str) -> Sequence[Part]:
        """Return the parts received, by number."""
        ...

    def complete(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        """Let the parts be seen as one blob; the upload is over.

        Raises Invalid (where="parts") unless they were received so, ascend, and have 5 MiB each but for the last.
        """

    def abort(self, key: str, upload_id: str) -> None:
        """Forget the upload and its parts; harmless when it is over."""

    def url(
        self, key: str, *, expires: float, filename: str | None = None, content_type: str | None = None
    ) -> str:
        """Return a link to GET the blob for some seconds, as an attachment of that name, as that type."""
        ...

    def presign_put(
        self, key: str, *, expires: float, content_type: str | None = None, size: int | None = None
    ) -> SignedRequest:
        """Return a link to PUT the blob; with a size, exactly so many bytes."""
        ...

    def presign_post(
        self,
        key: str,
        *,
        expires: float,
        size_limit: int,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> SignedPost:
        """Return a form to POST the blob, of at most so many bytes; metadata become `x-amz-meta-…` fields."""
        ...

    def part_url(
        self, key: str, upload_id: str, number: int, *, expires: float, md5: str | None = None
    ) -> SignedRequest:
        """Return a link to PUT one part; with an md5 (base64), no other bytes."""
        ...


def connect(settings: Settings) -> Blobs:
    """Return the store that the settings name; nothing is opened yet."""
    if settings.store == "s3":
        return S3Blobs(settings)
    data_dir = Path(settings.data_dir).resolve()
    return FolderBlobs(data_dir / "blobs", data_dir / "secret", f"{settings.url()}/blobs")


def whole(store: Blobs, key: str) -> bytes:
    """Return all bytes of a blob, by one request. Raises NotFound, Unavailable."""
    return store.read_range(key, 0, LARGEST)
