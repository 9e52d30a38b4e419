"""Shares: who may read which channels."""

import sqlalchemy as sa
from falcon import Request, Response

from api.bodies import write_json
from api.dialects.native import channel_wire as wire
from api.dialects.native.channel_query import own_channel
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import Invalid, NotFound
from storage import streams, users
from storage.engine import read, write


class ShareList:
    tag = "channels"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("List the shares", answers={200: Answer("given and received", wire.Shares)})
    def on_get(self, req: Request, resp: Response) -> None:
        """Whom you let read which channels, and who lets you read some of theirs."""
        caller = req.context.caller.user_id
        with read(self.services.engine) as db:
            shares = streams.shares_of(db, caller)
            owners = streams.owners_for(db, caller)
            name_by_id = users.names_of(db, {*owners, *(reader for reader, _ in shares)})
            full_by_id: dict[int | None, str | None] = {
                one.id: f"{one.device}.{one.name}" for one in streams.find_channels(db, caller)
            }
        full_by_id[None] = None  # every one
        given = [
            wire.Share(
                reader=wire.Reader(id=reader, name=name_by_id[reader]),
                channel=full_by_id[channel],
            )
            for reader, channel in shares
            if channel in full_by_id  # else it was deleted at this very moment
        ]
        received = [wire.Reader(id=owner, name=name_by_id[owner]) for owner in owners]
        write_json(resp, wire.Shares(given=given, received=received))

    @operation(
        "Share channels", body=wire.ShareOrder, answers={201: Answer("may read from now on", wire.Share)}
    )
    def on_post(self, req: Request, resp: Response, body: wire.ShareOrder) -> None:
        """Let a user read one of your channels, or all of them. Safe to repeat."""
        owner = req.context.caller.user_id
        with write(self.services.engine) as db:
            try:
                reader = users.by_name(db, body.reader).id
            except NotFound as error:
                raise Invalid(error.message, where="/reader") from error
            if reader == owner:
                raise Invalid("you may read your own channels as it is", where="/reader")
            channel = _channel(db, req, body)
            streams.share(db, owner, reader, channel)
        view = wire.Share(reader=wire.Reader(id=reader, name=body.reader), channel=body.channel)
        write_json(resp, view, 201)

    @operation("Take a share back", query=wire.ShareOrder, answers={204: Answer("taken back")}, faults=(404,))
    def on_delete(self, req: Request, resp: Response, query: wire.ShareOrder) -> None:
        """As it was given: of one channel, or of all. One that is not there: 404."""
        with write(self.services.engine) as db:
            reader = users.by_name(db, query.reader).id
            channel = None if query.channel is None else own_channel(db, req, query.channel).id
            if not streams.unshare(db, req.context.caller.user_id, reader, channel):
                raise NotFound(f"this is not shared with {query.reader!r}")
        resp.status = 204


def _channel(db: sa.Connection, req: Request, body: wire.ShareOrder) -> int | None:
    """Return the channel that is to be shared, None for every one. Raises Invalid."""
    if body.channel is None:
        return None
    try:
        return own_channel(db, req, body.channel).id
    except NotFound as error:
        raise Invalid(error.message, where="/channel") from error
