"""The one exception family; a door turns each leaf into its own form, nobody below knows a status code.

DarkroomError
├── Unauthenticated          who are you?
├── Forbidden                you may not
├── NotFound                 there is none, or it is not yours
├── Invalid                  this field is wrong; says which and what the limit is
├── NotAcceptable            the method or media type is not spoken here
├── Conflict                 the state of the thing forbids it
│   ├── IdempotencyMismatch  same key, another body
│   └── NotReady             not yet; ask again
├── Gone                     it was there and has expired
├── TooLarge                 more bytes than the limit
├── TooMany                  slow down; says for how long
├── Fenced                   the lease was lost: whatever this worker writes is not seen
└── Unavailable              a service we lean on does not answer
"""

from typing import ClassVar


class DarkroomError(Exception):
    """Something a user or an operator can be told in one calm line."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Unauthenticated(DarkroomError):
    code = "unauthenticated"


class Forbidden(DarkroomError):
    code = "forbidden"


class NotFound(DarkroomError):
    code = "not_found"


class Invalid(DarkroomError):
    """A field of the request is wrong.

    where: a JSON pointer into the body (`/params/points/0/x`), or the name of a query parameter or header.
    limit: the bound that was passed, when there is one.
    """

    code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        limit: float | str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.where = where
        self.limit = limit


class NotAcceptable(DarkroomError):
    code = "not_acceptable"


class Conflict(DarkroomError):
    code = "conflict"


class IdempotencyMismatch(Conflict):
    code = "idempotency_mismatch"


class NotReady(Conflict):
    """The thing exists but has no answer yet; retry_after is in seconds."""

    code = "not_ready"

    def __init__(self, message: str, *, retry_after: float = 1.0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Gone(DarkroomError):
    code = "gone"


class TooLarge(DarkroomError):
    """More bytes than the limit (in bytes)."""

    code = "too_large"

    def __init__(self, message: str, *, limit: int, where: str | None = None) -> None:
        super().__init__(message)
        self.limit = limit
        self.where = where


class TooMany(DarkroomError):
    """Slow down; retry_after is in seconds, limit is the bound that was met."""

    code = "too_many"

    def __init__(self, message: str, *, retry_after: float, limit: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.limit = limit


class Fenced(DarkroomError):
    code = "fenced"


class Unavailable(DarkroomError):
    """A service we lean on does not answer; retry_after is in seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after
