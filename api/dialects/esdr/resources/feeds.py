"""A feed: samples come in, and what is there is told."""

from typing import Any

import falcon
import msgspec
from falcon import Request, Response

from api import samples
from api.bodies import has_body, is_json, stream_of
from api.dialects.esdr.envelope import answer
from api.dialects.esdr.reach import feed_of, keyed_feed, own_feed, readable_channels
from api.dialects.esdr.views import bounds_view
from api.faults import BODY
from api.samples import Taken
from api.services import Services
from darkroom.errors import Conflict, Invalid, NotFound, TooLarge
from darkroom.jobs import JobState
from storage.engine import read
from storage.feeds import Feed
from storage.streams import Channel, Form

# Of failures that are no fault of the samples: sent again, they may go through.
OURS = {"internal", "out_of_memory", "disk_full", "unavailable", "signal", "lease_lost"}


class KeyedFeed:
    """The feed of the key in the header."""

    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response) -> None:
        _tell(self.services, req, resp, keyed_feed(req))

    def on_put(self, req: Request, resp: Response) -> None:
        _take(self.services, req, resp, keyed_feed(req))


class Feeds:
    """The feed that a path names."""

    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, named: str) -> None:
        _tell(self.services, req, resp, feed_of(req, named))

    def on_put(self, req: Request, resp: Response, named: str) -> None:
        _take(self.services, req, resp, own_feed(req, named))


def _tell(services: Services, req: Request, resp: Response, feed: Feed) -> None:
    """Answer with the bounds of the channels that the caller may look at; those of remarks are not shown by themselves."""
    with read(services.engine) as db:
        channels = readable_channels(db, req, feed)
    if not channels:
        raise NotFound(f"there is no feed {feed.name()}")
    view = {"id": feed.name(), "name": feed.device, "channelBounds": _bounds(channels)}
    answer(resp, msgspec.json.encode(view))


def _bounds(channels: list[Channel]) -> dict[str, Any]:
    return bounds_view({channel.name: channel.bounds() for channel in channels})


def _take(services: Services, req: Request, resp: Response, feed: Feed) -> None:
    """Take the samples of the body: all of them, or none."""
    _check_body(req, services.settings.streams_upload_limit_bytes)
    taken = samples.take(
        services,
        feed.owner,
        feed.device,
        Form(format="json"),
        stream_of(req),
        dialect="esdr",
        size=req.content_length,
    )
    if taken.is_published():
        told = taken.upload.read_result().get("channels", {})
        answer(resp, msgspec.json.encode(_told(told)))
    elif taken.job.has_ended():
        raise _refusal(taken)
    else:
        answer(resp, msgspec.json.encode({"upload": taken.upload.id, "job": taken.job.id}), 202)


def _check_body(req: Request, limit: int) -> None:
    if req.content_type and not is_json(req):
        raise falcon.HTTPUnsupportedMediaType(description=f"send {falcon.MEDIA_JSON}")
    if (req.get_header("Content-Encoding") or "identity").strip().lower() != "identity":
        raise falcon.HTTPUnsupportedMediaType(description="send the body as it is, not packed")
    if not has_body(req):
        raise Invalid("the body is missing", where=BODY)
    if (req.content_length or 0) > limit:
        raise TooLarge(f"an upload has at most {limit} bytes", limit=limit, where=BODY)


def _told(channels: dict[str, dict[str, dict[str, float]]]) -> dict[str, Any]:
    spoken = {name: one for name, one in channels.items() if one["imported_bounds"]}
    return {
        "channelBounds": bounds_view({name: one["channel_bounds"] for name, one in spoken.items()}),
        "importedBounds": bounds_view({name: one["imported_bounds"] for name, one in spoken.items()}),
    }


def _refusal(taken: Taken) -> Exception:
    failure = taken.job.read_failure()
    if taken.job.state is JobState.FAILED and failure is not None and failure.code not in OURS:
        return Invalid(failure.message)
    if taken.job.state is JobState.CANCELLED:
        return Conflict(f"upload {taken.upload.id} is not published: its job was cancelled")
    return falcon.HTTPInternalServerError(description=f"upload {taken.upload.id} failed; send it again")
