"""Who is calling: a name with its password, proved once and remembered for a while."""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable

import sqlalchemy as sa
from msgspec import Struct

from api.rate import Rate
from darkroom.errors import Unauthenticated
from storage import passwords
from storage.engine import read
from storage.passwords import LONGEST, Login
from storage.users import Caller

LOOK_SECONDS = 3.0  # a changed password, or a user who was shut out, is refused within this time
KNOWN_SECONDS = 600.0  # a password that was proved is not proved again so long
KNOWN_LIMIT = 10_000
PROOFS_AT_ONCE = 2  # each takes 64 MiB
PROOFS_PER_SECOND, PROOFS_BURST = 1.0, 20  # of one name: whoever guesses is slowed down
WRONG = "the name or the password is wrong"


class _Proved(Struct, frozen=True):
    """What was found when the password was proved last, and until when it is believed."""

    login: Login
    look_at: float
    until: float


class Passwords:
    """Those who logged in here lately. Of a password only a digest is kept, under a key that ends with the process."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._proved: dict[bytes, _Proved] = {}
        self._rate = Rate(
            PROOFS_PER_SECOND, PROOFS_BURST, clock, refusal="too many passwords were tried for this name"
        )
        self._gate = threading.Semaphore(PROOFS_AT_ONCE)
        self._lock = threading.Lock()

    def identify(self, name: str, text: str) -> Caller:
        """Return whose name and password these are. Raises Unauthenticated, TooMany, Unavailable."""
        if len(text) > LONGEST or len(name) > LONGEST:
            raise Unauthenticated(WRONG)
        digest = self._digest(name, text)
        at = self._clock()
        proved = self._proved.get(digest)
        if proved is not None and at < proved.look_at:
            return proved.login.caller
        with read(self._engine) as db:
            login = passwords.login_of(db, name)
        if proved is None or login is None or at >= proved.until or login.password != proved.login.password:
            self._prove(name, login, text)
            until = at + KNOWN_SECONDS
        else:
            until = proved.until
        if login is None:
            raise Unauthenticated(WRONG)
        self._keep(digest, _Proved(login, at + LOOK_SECONDS, until))
        return login.caller

    def _prove(self, name: str, login: Login | None, text: str) -> None:
        self._rate.take(name)
        with self._gate:
            if not passwords.is_right(login, text):
                raise Unauthenticated(WRONG)

    def _keep(self, digest: bytes, proved: _Proved) -> None:
        with self._lock:
            if len(self._proved) >= KNOWN_LIMIT:
                self._proved.clear()
            self._proved[digest] = proved

    def _digest(self, name: str, text: str) -> bytes:
        return hmac.new(
            self._key, f"{len(name)}:{name}:{text}".encode("utf-8", "surrogatepass"), hashlib.sha256
        ).digest()
