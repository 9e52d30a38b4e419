"""Which server a client talks to, and with which token, when it is not told."""

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from darkroom.client_errors import ClientError
from darkroom.settings import load

URL_FILE = "url"  # written by `darkroom up` into its data directory
TOKEN_FILE = "token"  # noqa: S105 - a file's name


class Address(Struct, frozen=True):
    url: str
    token: str | None


def find_address(
    url: str | None = None, token: str | None = None, environ: Mapping[str, str] = os.environ
) -> Address:
    """Return what was given, else what DARKROOM_URL and DARKROOM_TOKEN say, else what `darkroom up` left here.

    The token of the data directory is sent to no other server than its own. Raises ClientError when there is no
    address, Invalid when a DARKROOM_* variable is wrong.
    """
    data_dir = Path(load(environ).data_dir)
    local_url = _read(data_dir / URL_FILE)
    url = url or environ.get("DARKROOM_URL") or local_url
    if url is None:
        raise ClientError(
            "no server is known",
            code="no_server",
            hint="start `darkroom up`, or set DARKROOM_URL and DARKROOM_TOKEN",
        )
    token = token or environ.get("DARKROOM_TOKEN")
    if token is None and url.rstrip("/") == local_url:
        token = _read(data_dir / TOKEN_FILE)
    return Address(url.rstrip("/"), token)


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise ClientError(f"cannot read {path}", hint="ask its owner, or set DARKROOM_TOKEN") from error
