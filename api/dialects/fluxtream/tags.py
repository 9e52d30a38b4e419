"""Tags as this door's clients write them, and which photos they choose; pure."""

import re
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from darkroom.errors import Invalid

TAGS_LIMIT = 200  # of one photo
TAG_LIMIT = 200  # characters
NSFW = "nsfw"
_STRANGE = re.compile(r"[^a-z0-9_-]")


class Match(StrEnum):
    ANY = "any"
    ALL = "all"
    NONE = "none"
    UNTAGGED = "untagged"


class Choice(Struct, frozen=True):
    """Which photos are asked for."""

    tags: frozenset[str] = frozenset()
    match: Match = Match.ANY
    nsfw: bool = True

    def is_all(self) -> bool:
        """Tell whether every photo is chosen."""
        return self.nsfw and not self.tags and self.match is not Match.UNTAGGED

    def takes(self, tags: Iterable[str]) -> bool:
        """Tell whether a photo with these tags is chosen; without tags to look for, `any`, `all`, `none` take every one."""
        own = set(tags)
        if NSFW in own and not self.nsfw:
            return False
        match self.match:
            case Match.UNTAGGED:
                return not own
            case Match.ALL:
                return self.tags <= own
            case Match.NONE:
                return not self.tags & own
            case Match.ANY:
                return not self.tags or bool(self.tags & own)


def read_tags(text: str | None) -> list[str]:
    """Return the tags of a comma-separated list: lower case, strange signs as `_`, each once, sorted. Raises Invalid."""
    written = (tag.strip().lower() for tag in (text or "").split(","))
    tags = sorted({_STRANGE.sub("_", tag) for tag in written if tag})
    if len(tags) > TAGS_LIMIT:
        raise Invalid(f"more than {TAGS_LIMIT} tags", where="tags", limit=TAGS_LIMIT)
    if any(len(tag) > TAG_LIMIT for tag in tags):
        raise Invalid(f"a tag of more than {TAG_LIMIT} characters", where="tags", limit=TAG_LIMIT)
    return tags


def read_choice(tags: str | None, match: str | None, nsfw: str | None) -> Choice:
    """Return what the query of a photo tile asks for; what is no way to match is `any`."""
    known = {way.value: way for way in Match}
    return Choice(
        frozenset(read_tags(tags)),
        known.get((match or "").lower(), Match.ANY),
        (nsfw or "true").lower() != "false",
    )
