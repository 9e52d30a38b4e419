"""How gunicorn serves the API: `gunicorn --config python:api.gunicorn 'api.app:create()'`."""

import signal
from types import FrameType
from typing import Any

from darkroom.settings import load

_settings = load()

bind = _settings.bind
worker_class = "gthread"
workers = _settings.web_processes
threads = _settings.web_threads
worker_connections = (
    1000 + _settings.web_threads
)  # beyond threads: connections kept alive, which cost no thread
backlog = 1024
keepalive = 30
timeout = 60  # of a process that does not even turn its loop; a request may take longer
graceful_timeout = int(_settings.wait_limit_seconds) + 10  # whoever waits may wait to the end
accesslog = None
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Let those who wait go when the process is told to end, instead of waiting for their time to be over."""
    end = signal.getsignal(signal.SIGTERM)

    def dismiss(number: int, frame: FrameType | None) -> None:
        worker.wsgi.dismiss()
        if callable(end):
            end(number, frame)

    signal.signal(signal.SIGTERM, dismiss)
