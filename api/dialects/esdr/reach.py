"""Which feed and which channels a call names, and whether its caller may look at them or add to them."""

import re

import sqlalchemy as sa
from falcon import Request

from api.dialects.esdr.credential import is_key
from api.ids import ID_LIMIT
from darkroom.errors import Forbidden, NotFound
from storage import streams
from storage.feeds import Feed, Key
from storage.streams import Channel
from storage.users import Caller

ID = re.compile(r"(?P<owner>[1-9][0-9]{0,18})\.(?P<device>[0-9A-Za-z_]{1,200})")
DENIED = "feed {name} is not shared with you"
_STRANGE = re.compile(r"[^0-9A-Za-z_.]")  # signs that no channel's name keeps


def feed_of(req: Request, named: str) -> Feed:
    """Return the feed that an id names, or that the key there opens. Raises NotFound, Forbidden for another than the key's."""
    key: Key | None = getattr(req.context, "key", None)
    if key is not None and is_key(named):
        return key.feed
    match = ID.fullmatch(named)
    if match is None or int(match["owner"]) > ID_LIMIT:
        raise NotFound("there is no such feed: its id is <user>.<device>, as in 2.strap")
    return _opened(key, Feed(int(match["owner"]), match["device"]))


def own_feed(req: Request, named: str) -> Feed:
    """Return a feed to which the caller may upload. Raises NotFound, Forbidden."""
    feed = feed_of(req, named)
    if feed.owner != _caller(req).user_id:
        raise Forbidden(f"feed {feed.name()} is added to by its owner only")
    return feed


def keyed_feed(req: Request) -> Feed:
    """Return the feed that the call's key opens. Raises Forbidden for a call without one."""
    key: Key | None = getattr(req.context, "key", None)
    if key is None:
        raise Forbidden("this path needs a feed's key, in the header FeedApiKey")
    return key.feed


def readable_channels(db: sa.Connection, req: Request, feed: Feed) -> list[Channel]:
    """Return the channels of a feed that the caller may look at."""
    caller = _caller(req)
    reader = None if caller.is_admin else caller.user_id
    return streams.find_channels(db, feed.owner, device=feed.device, reader=reader)


def readable_channel(db: sa.Connection, req: Request, feed: Feed, name: str) -> Channel | None:
    """Return a channel that the caller may look at, None when the caller would see it if it were there.

    Raises Forbidden for others' channels that are not shared, whether they are there or not.
    """
    found = streams.find_channel(db, feed.owner, feed.device, _STRANGE.sub("_", name))
    caller = _caller(req)
    if caller.is_admin or streams.may_read(
        db, caller.user_id, feed.owner, None if found is None else found.id
    ):
        return found
    raise Forbidden(DENIED.format(name=feed.name()))


def named_channel(db: sa.Connection, req: Request, full: str) -> Channel:
    """Return the channel of a full name, `2.strap.beat`. Raises NotFound, Forbidden."""
    owner, _, rest = full.partition(".")
    device, _, name = rest.partition(".")
    found = readable_channel(db, req, feed_of(req, f"{owner}.{device}"), name)
    if found is None:
        raise NotFound(f"there is no channel {full[:450]}")
    return found


def _opened(key: Key | None, feed: Feed) -> Feed:
    if key is not None and key.feed != feed:
        raise Forbidden("this key opens another feed")
    return feed


def _caller(req: Request) -> Caller:
    caller: Caller = req.context.caller
    return caller
