"""Several apps behind one WSGI callable: each request goes to the app whose prefix is the longest of its path."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Mount:
    """app_by_prefix: paths as clients ask for them, `/v1` for `/v1` and all below; "" answers the rest.

    dismiss: called when the process is told to end, so that nobody's wait holds that up.
    """

    def __init__(self, app_by_prefix: Mapping[str, Wsgi], dismiss: Callable[[], None]) -> None:
        self.dismiss = dismiss
        self._apps = sorted(app_by_prefix.items(), key=lambda pair: len(pair[0]), reverse=True)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        app = next(app for prefix, app in self._apps if path == prefix or path.startswith(f"{prefix}/"))
        return app(environ, start_response)
