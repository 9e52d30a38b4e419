"""Whose things a path names, and whether its caller may look at them or change them."""

from falcon import Request

from api.services import Services
from darkroom.errors import Forbidden
from storage import streams
from storage.engine import read
from storage.streams import Channel
from storage.users import Caller

DENIED = "what belongs to user {owner} is not shared with you"


def caller_of(req: Request) -> Caller:
    caller: Caller = req.context.caller
    return caller


def owns(req: Request, owner: int) -> bool:
    """Tell whether the caller may do with the owner's things as the owner may."""
    caller = caller_of(req)
    return caller.user_id == owner or caller.is_admin


def sees_all(services: Services, req: Request, owner: int) -> bool:
    """Tell whether the caller may look at all that the owner has."""
    if owns(req, owner):
        return True
    with read(services.engine) as db:
        return streams.may_read(db, caller_of(req).user_id, owner)


def check_owner(req: Request, owner: int) -> None:
    """Raise Forbidden unless the caller may change the owner's things."""
    if not owns(req, owner):
        raise Forbidden(f"what belongs to user {owner} is changed by its owner only")


def check_reader(services: Services, req: Request, owner: int) -> None:
    """Raise Forbidden unless the caller may look at all that the owner has; in the same words for an owner who is not there."""
    if not sees_all(services, req, owner):
        raise Forbidden(DENIED.format(owner=owner))


def split_name(name: str) -> tuple[str, str]:
    """Return device and channel of `Device.Channel`; a device has no dot, a channel may have some."""
    device, _, channel = name.partition(".")
    return device, channel


def readable_channel(services: Services, req: Request, owner: int, name: str) -> Channel | None:
    """Return a channel that the caller may look at, None when the caller would see it if it were there.

    Raises Forbidden for others' channels that are not shared, whether they are there or not.
    """
    device, channel = split_name(name)
    with read(services.engine) as db:
        found = streams.find_channel(db, owner, device, channel)
        if owns(req, owner) or streams.may_read(
            db, caller_of(req).user_id, owner, None if found is None else found.id
        ):
            return found
    raise Forbidden(DENIED.format(owner=owner))
