"""The server that a verb of the command line talks to."""

from darkroom.client import Client

FIRST_PATIENCE_SECONDS = 3.0  # a person who forgot to start the server is told soon


def connect() -> Client:
    """Return a client whose server answers and knows the token. Raises ClientError."""
    with Client(patience=FIRST_PATIENCE_SECONDS, timeout=FIRST_PATIENCE_SECONDS) as first:
        first.me()
    return Client()
