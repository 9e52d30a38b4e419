"""The params of kinds that come with sensor streams, and are ordered by nobody."""

from typing import Annotated

from msgspec import Meta, Struct


class AggregateParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="aggregate"):
    """Publish what an upload of samples says. It comes with the upload, and cannot be ordered by itself."""

    upload: Annotated[int, Meta(ge=1)]
    size_bytes: Annotated[int, Meta(ge=0)]


class CompactParams(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="compact"):
    """Let go of what was deleted in a channel. It is ordered by the sweeper, when there is enough of it."""

    channel: Annotated[int, Meta(ge=1)]
    version: Annotated[int, Meta(ge=0)]
