"""The two ways in which a pipeline may refuse: the input cannot be used, or its decoding breaks midway."""

from typing import Any


class BadInput(Exception):
    """The movie or the parameters cannot be used, and trying again will not help.

    code: a stable snake_case word, e.g. `not_a_movie`, `no_video`, `too_many_pixels`, `point_outside`.
    hint: what the user may do about it, when there is something.
    """

    def __init__(self, message: str, *, code: str = "bad_input", hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross a process border whole: a plain Exception would lose its keywords."""
        return _bad_input, (self.message, self.code, self.hint)


class CannotDecode(Exception):
    """Decoding broke at `frame`: every frame before it is good.

    frame: index of the first frame that could not be decoded, counted from the movie's first shown frame.
    """

    code = "cannot_decode"

    def __init__(self, message: str, *, frame: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.frame = frame
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross a process border whole: a plain Exception would lose its keywords."""
        return _cannot_decode, (self.message, self.frame, self.hint)


def _bad_input(message: str, code: str, hint: str | None) -> BadInput:
    return BadInput(message, code=code, hint=hint)


def _cannot_decode(message: str, frame: int, hint: str | None) -> CannotDecode:
    return CannotDecode(message, frame=frame, hint=hint)
