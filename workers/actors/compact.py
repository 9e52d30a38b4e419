"""The actor of `compact`: lets go of what was deleted in a channel, once nothing older can bring it back."""

from darkroom.errors import NotFound, Unavailable
from darkroom.params_streams import CompactParams
from storage.streams import beside, channels, editions, manifest
from storage.streams.editions import Edition
from workers.channels import compacted
from workers.work import Made, Work


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, CompactParams)  # noqa: S101 - the table of actors pairs kinds and params
    with work.ledger() as db:
        channel = channels.by_id(db, params.channel)
        if channel is None:
            raise NotFound(f"there is no channel {params.channel}")
        before = beside.settled_before(db, channel.owner, channel.device)
        version = manifest.of_version(db, channel.id, channel.version)
    step = compacted(work, channel.owner, channel.name, version, before)
    if not step.gone_chunks:
        if any(chunk.entries > chunk.n for chunk in version.chunks):
            raise Unavailable("an upload of the device that is older than a delete is not yet published")
        return Made(summary={"channel": channel.id, "chunks": 0})
    edition = Edition(channel.owner, channel.device, [step], [])
    return Made(
        summary={"channel": channel.id, "chunks": len(step.gone_chunks)}, edition=editions.encode(edition)
    )
