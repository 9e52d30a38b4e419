"""The words every room uses, and the Python client."""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from darkroom.client import Client as Client

try:
    __version__ = version("darkroom")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    """Return `Client`, loaded when it is asked for: a server's process needs no HTTP client."""
    if name == "Client":
        from darkroom.client import Client  # noqa: PLC0415 - on demand, see above

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
