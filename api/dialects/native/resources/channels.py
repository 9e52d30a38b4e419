"""Channels: list, create, say something of one, look, delete."""

import re
from typing import Any

import sqlalchemy as sa
from falcon import Request, Response

from api import cursors
from api.bodies import write_json
from api.dialects.native import channel_wire as wire
from api.dialects.native.channel_query import own_channel, readable_channel, split_name
from api.dialects.native.channel_views import UNIT, channel_view
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import Conflict, Invalid
from storage import streams
from storage.engine import read, write
from storage.streams import Channel

CREATED = Answer("made, empty", wire.Channel, headers=("Location",))
FULL_NAME = re.compile(r"[0-9A-Za-z_]{1,200}(\.[0-9A-Za-z_]+)+")
NAME_LIMIT = 200  # characters


class ChannelList:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "List channels",
        query=wire.ChannelsQuery,
        answers={200: Answer("a page, newest first", wire.ChannelPage, headers=("Link",))},
    )
    def on_get(self, req: Request, resp: Response, query: wire.ChannelsQuery) -> None:
        """Yours; with `owner` those of somebody else that you may read."""
        caller = req.context.caller.user_id
        with read(self.services.engine) as db:
            page = streams.page_of_channels(
                db,
                query.owner or caller,
                reader=caller,
                device=_fit(query.device),
                before_id=cursors.decode(query.cursor),
                limit=query.limit,
            )
        cursor = cursors.encode(page[-1].id) if len(page) == query.limit else None
        cursors.link(req, resp, cursor)
        views = [channel_view(channel, caller) for channel in page]
        write_json(resp, wire.ChannelPage(channels=views, next_cursor=cursor))

    @operation("Create a channel", body=wire.ChannelOrder, answers={201: CREATED}, faults=(409,))
    def on_post(self, req: Request, resp: Response, body: wire.ChannelOrder) -> None:
        """Not needed to upload: uploads make the channels that they name."""
        owner = req.context.caller.user_id
        with write(self.services.engine) as db:
            if streams.find_channel(db, owner, body.device, body.name) is not None:
                raise Conflict(
                    f"there is a channel {body.device}.{body.name} already", hint="PUT changes what it says"
                )
            made = _told(db, owner, body.device, body.name, body)
        _answer(resp, made, owner, is_new=True)


class ChannelItem:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Look at a channel", query=wire.OwnerQuery, answers={200: Answer("as it is", wire.Channel)})
    def on_get(self, req: Request, resp: Response, device: str, channel: str, query: wire.OwnerQuery) -> None:
        """Bounds and counts are exact, after overwrites and deletes too."""
        with read(self.services.engine) as db:
            found = readable_channel(db, req, f"{device}.{channel}", query.owner)
        write_json(resp, channel_view(found, req.context.caller.user_id))

    @operation(
        "Say something of a channel",
        body=wire.ChannelTold,
        answers={200: Answer("changed", wire.Channel), 201: CREATED},
        faults=(409,),
    )
    def on_put(self, req: Request, resp: Response, device: str, channel: str, body: wire.ChannelTold) -> None:
        """Unit, metadata and style, in place of those that were there; a channel that is not there yet is made."""
        owner = req.context.caller.user_id
        device, name = _checked(f"{device}.{channel}")
        with write(self.services.engine) as db:
            is_new = streams.find_channel(db, owner, device, name) is None
            told = _told(db, owner, device, name, body)
        _answer(resp, told, owner, is_new=is_new)

    @operation("Delete a channel", answers={204: Answer("deleted, in all its versions")})
    def on_delete(self, req: Request, resp: Response, device: str, channel: str) -> None:
        """Its uploads stay on record; sent again, they bring it back."""
        with write(self.services.engine) as db:
            found = own_channel(db, req, f"{device}.{channel}")
            streams.delete_channel(db, found.owner, found.id)
        resp.status = 204


def _fit(device: str | None) -> str | None:
    """Return the device's name; one that no device can have is as one that nobody has."""
    return None if device is None else device if device.isprintable() else "-"


def _checked(full: str) -> tuple[str, str]:
    device, name = split_name(full)
    if not FULL_NAME.fullmatch(full) or len(name) > NAME_LIMIT:
        raise Invalid(
            "device and channel have letters, digits and underscores, and channels dots between them",
            where="channel",
            limit=NAME_LIMIT,
        )
    return device, name


def _told(db: sa.Connection, owner: int, device: str, name: str, told: wire.ChannelTold) -> Channel:
    """Return the channel with what is said of it, made when it is not there."""
    if UNIT in told.metadata:
        raise Invalid("the unit has a field of its own: unit", where=f"/metadata/{UNIT}")
    found = streams.create_channel(db, owner, device, name)
    metadata: dict[str, Any] = told.metadata if told.unit is None else {**told.metadata, UNIT: told.unit}
    streams.set_metadata(db, owner, found.id, metadata)
    streams.set_style(db, owner, found.id, told.style)
    return streams.create_channel(db, owner, device, name)


def _answer(resp: Response, channel: Channel, caller: int, *, is_new: bool) -> None:
    write_json(resp, channel_view(channel, caller), 201 if is_new else 200)
    if is_new:
        resp.location = f"/v1/channels/{channel.device}.{channel.name}"
