"""The two ways in which this door speaks: the old paths, and those under v1."""

from msgspec import Struct


class Manner(Struct, frozen=True):
    """base: what its paths begin with. is_legacy: answers in the envelope of old; else bare values, true statuses."""

    base: str
    is_legacy: bool


LEGACY = Manner("/api", is_legacy=True)
V1 = Manner("/api/v1", is_legacy=False)
