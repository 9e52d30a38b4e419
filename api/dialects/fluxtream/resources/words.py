"""What people say of photos: comments and tags."""

from typing import Any

from falcon import Request, Response

from api.dialects.fluxtream.answers import answer
from api.dialects.fluxtream.fields import fields_of
from api.dialects.fluxtream.photo_form import COMMENT_LIMIT
from api.dialects.fluxtream.reach import check_owner, check_reader
from api.dialects.fluxtream.tags import read_tags
from api.faults import BODY
from api.services import Services
from darkroom.errors import Invalid, NotFound
from storage.engine import read, write
from storage.fluxtream import photos
from storage.fluxtream.photos import CHANNEL, DEVICE, Photo


class Tags:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, uid: int) -> None:
        check_reader(self.services, req, uid)
        with read(self.services.engine) as db:
            answer(resp, {"tags": photos.tags_of(db, uid)})


class Metadata:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_get(self, req: Request, resp: Response, uid: int, channel: str, photo: int) -> None:
        check_reader(self.services, req, uid)
        _check_channel(channel)
        with read(self.services.engine) as db:
            answer(resp, _view(_owned(photos.get(db, photo), uid)))


class SetMetadata:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response, uid: int, channel: str, photo: int) -> None:
        check_owner(req, uid)
        _check_channel(channel)
        fields = fields_of(req, self.services.settings.body_limit_bytes)
        comment, given = fields.get("comment"), fields.get("tags")
        if comment is None and given is None:
            raise Invalid("neither comment nor tags are given", where=BODY)
        if comment is not None and len(comment) > COMMENT_LIMIT:
            raise Invalid(
                f"comment has more than {COMMENT_LIMIT} characters", where=BODY, limit=COMMENT_LIMIT
            )
        tags = None if given is None else read_tags(given)
        with write(self.services.engine) as db:
            _owned(photos.get(db, photo), uid)
            photos.set_words(db, photo, comment, tags)
            answer(resp, _view(photos.get(db, photo)))


def _check_channel(channel: str) -> None:
    if channel != f"{DEVICE}.{CHANNEL}":
        raise Invalid(f"there is nothing to say of {channel!r}: only of {DEVICE}.{CHANNEL}", where=BODY)


def _owned(photo: Photo, owner: int) -> Photo:
    if photo.owner != owner:
        raise NotFound(f"there is no photo {photo.id}")
    return photo


def _view(photo: Photo) -> dict[str, Any]:
    return {"comment": photo.comment or "", "tags": photo.tags}
