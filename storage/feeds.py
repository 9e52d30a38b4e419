"""Feeds, one device of one user each, and the keys that open a feed and nothing else."""

import re

from msgspec import Struct

from storage.users import Caller

SCOPE = re.compile(r"(?P<verb>feed|feed-read):(?P<device>[0-9A-Za-z_]{1,200})")


class Feed(Struct, frozen=True):
    owner: int
    device: str

    def name(self) -> str:
        """Return what it is called in paths."""
        return f"{self.owner}.{self.device}"


class Key(Struct, frozen=True):
    """What a token opens whose only scope is `feed:DEVICE`, or `feed-read:DEVICE`, which may not upload."""

    feed: Feed
    may_upload: bool


def is_scope(text: str) -> bool:
    """Say whether a scope is that of a feed's key."""
    return SCOPE.fullmatch(text) is not None


def key_of(caller: Caller) -> Key | None:
    """Return what the caller's token opens if it is a feed's key: one that has this scope alone."""
    if len(caller.scopes) != 1:
        return None
    match = SCOPE.fullmatch(next(iter(caller.scopes)))
    if match is None:
        return None
    return Key(Feed(caller.user_id, match["device"]), match["verb"] == "feed")
