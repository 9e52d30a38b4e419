"""What one check of `darkroom doctor` found."""

from enum import StrEnum

from msgspec import Struct


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(Struct, frozen=True):
    """todo: what to do about it, where there is something to do."""

    subject: str
    level: Level
    message: str
    todo: str = ""


def ok(subject: str, message: str) -> Finding:
    return Finding(subject, Level.OK, message)


def warn(subject: str, message: str, todo: str) -> Finding:
    return Finding(subject, Level.WARN, message, todo)


def fail(subject: str, message: str, todo: str) -> Finding:
    return Finding(subject, Level.FAIL, message, todo)
