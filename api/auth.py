"""Who is calling: a token looked up in the ledger, and remembered for a few seconds."""

import hashlib
import threading
import time
from collections.abc import Callable

import sqlalchemy as sa
import structlog
from msgspec import Struct

from darkroom.errors import Forbidden, Unauthenticated, Unavailable
from storage import users
from storage.engine import read, write
from storage.users import Caller

log = structlog.get_logger()

CACHE_SECONDS = 3.0  # a revoked token is refused within this time, in every process
CALLERS_LIMIT = 10_000  # remembered at once


class _Known(Struct, frozen=True):
    caller: Caller
    until: float


class Callers:
    """The callers of this process; a token's text is kept nowhere, only its digest."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._known: dict[bytes, _Known] = {}
        self._touched: dict[int, float] = {}
        self._lock = threading.Lock()

    def identify(self, token: str | None) -> Caller:
        """Return who carries this token. Raises Unauthenticated, Unavailable."""
        if token is None:
            raise Unauthenticated("this needs a token", hint="send the header Authorization: Bearer <token>")
        digest = hashlib.sha256(token.encode()).digest()
        at = self._clock()
        known = self._known.get(digest)
        if known is not None and at < known.until:
            return known.caller
        with read(self._engine) as db:
            caller = users.authenticate(db, token)
        with self._lock:
            if len(self._known) >= CALLERS_LIMIT:
                self._known.clear()
            self._known[digest] = _Known(caller, at + CACHE_SECONDS)
        self._touch(caller.token_id, at)
        return caller

    def _touch(self, token_id: int, at: float) -> None:
        """Note the use of a token, now and then; that this fails is no reason to refuse the caller."""
        with self._lock:
            if at - self._touched.get(token_id, -users.TOUCH_SECONDS) < users.TOUCH_SECONDS:
                return
            if len(self._touched) >= CALLERS_LIMIT:
                self._touched.clear()
            self._touched[token_id] = at
        try:
            with write(self._engine) as db:
                users.touch(db, token_id)
        except Unavailable as error:
            log.warning("use of a token not noted", token_id=token_id, error=error.message)


def permit(caller: Caller, scope: str) -> None:
    """Raise Forbidden unless the caller's token allows what is asked for."""
    if not caller.may(scope):
        raise Forbidden(f"this token may not {scope}", hint=f"use a token with the scope {scope!r}")
