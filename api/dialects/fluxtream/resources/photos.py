"""Photos to look at: those of a tile, those around a moment, one of them, its thumbnails; and taking one away."""

import re

import sqlalchemy as sa
from falcon import Request, Response

from api import conditional
from api.dialects.fluxtream.answers import answer, answer_done
from api.dialects.fluxtream.manner import Manner
from api.dialects.fluxtream.photo_views import photo_view, thinned
from api.dialects.fluxtream.reach import check_owner, check_reader, sees_all
from api.dialects.fluxtream.spots import read_spot
from api.dialects.fluxtream.tags import Choice, read_choice
from api.faults import BODY
from api.ids import IdConverter
from api.services import Services
from darkroom.errors import Invalid, NotFound
from storage import media
from storage.engine import read, write
from storage.fluxtream import development, photos
from storage.fluxtream.photos import CHANNEL, DEVICE, Photo

PHOTOS = {f"{DEVICE}.{CHANNEL}", f"All.{CHANNEL}"}  # `All` is every source of photos; there is one
COUNT_LIMIT = 1000  # photos around a moment
_KEY = re.compile(rf"([1-9][0-9]{{0,17}})\.{DEVICE}\.{CHANNEL}\.[0-9]{{7}}\.([0-9]{{1,17}})_([0-9a-f]{{64}})")
_SECONDS = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_DIGITS = re.compile(r"[0-9]{1,9}")
_MS = 1000
_FAR_MS = 2**62  # beyond any moment that the ledger holds
CACHE = "private, max-age=604800, no-transform"  # the bytes under one key never change


class _Photos:
    speaks = ""

    def __init__(self, services: Services, manner: Manner) -> None:
        self.services = services
        self._manner = manner

    def _may_look(self, req: Request, owner: int, channel: str) -> bool:
        """Tell whether there may be anything to show; who may not look is told so by v1 only. Raises Forbidden."""
        if not sees_all(self.services, req, owner):
            if self._manner.is_legacy:
                return False
            check_reader(self.services, req, owner)
        return channel in PHOTOS

    def _answer(self, resp: Response, shown: list[tuple[Photo, int]]) -> None:
        answer(resp, [photo_view(self._manner, photo, count) for photo, count in shown])


class PhotoTile(_Photos):
    def on_get(self, req: Request, resp: Response, uid: int, channel: str, spot: str) -> None:
        where = read_spot(spot)
        choice = _choice_of(req)
        if not self._may_look(req, uid, channel):
            self._answer(resp, [])
            return
        with read(self.services.engine) as db:
            found = photos.between(db, uid, *where.span_ms())
        taken = [photo for photo in found if choice.takes(photo.tags)]
        self._answer(resp, thinned(taken, where.seconds()) if taken else [])


class PhotosAround(_Photos):
    def on_get(self, req: Request, resp: Response, *, uid: int, channel: str, spot: str, count: str) -> None:
        at_ms, wanted = _moment_of(spot), _count_of(count)
        choice = _choice_of(req)
        is_before = (req.get_param("isBefore") or "true").lower() != "false"
        if not self._may_look(req, uid, channel):
            self._answer(resp, [])
            return
        limit = wanted if choice.is_all() else None
        with read(self.services.engine) as db:
            found = (photos.before if is_before else photos.after)(db, uid, at_ms, limit)
        taken = [photo for photo in found if choice.takes(photo.tags)][:wanted]
        taken.sort(key=lambda photo: (photo.captured_ms, photo.id))
        self._answer(resp, [(photo, 1) for photo in taken])


class PhotoBytes(_Photos):
    def on_get(self, req: Request, resp: Response, key: str) -> None:
        match = _KEY.fullmatch(key)
        if match is None:
            raise NotFound(f"there is no photo {key!r}")
        owner, captured_ms, sha256 = int(match[1]), int(match[2]), match[3]
        check_reader(self.services, req, owner)
        with read(self.services.engine) as db:
            photo = photos.known(db, owner, sha256, captured_ms)
        if photo is None:
            raise NotFound(f"there is no photo {key!r}")
        _send(self.services, req, resp, photo.sha256, photo.content_type)


class PhotoItem(_Photos):
    def on_delete(self, req: Request, resp: Response, key: str, photo: int) -> None:
        uid = IdConverter().convert(
            key
        )  # the router knows one field by one name only, and a photo's key stands here too
        if uid is None:
            raise NotFound(f"there is no user {key!r}")
        check_owner(req, uid)
        with write(self.services.engine) as db:
            development.forget(db, _photo_of(db, uid, photo))
        answer_done(resp, self._manner, "photo deleted")


class PhotoThumbnail(_Photos):
    def on_get(self, req: Request, resp: Response, uid: int, photo: int, number: str) -> None:
        check_reader(self.services, req, uid)
        with read(self.services.engine) as db:
            found = _photo_of(db, uid, photo)
        settled = development.absorb(self.services.engine, self.services.blobs, found)
        thumbnails = [] if settled is None else settled.thumbnails
        if number not in {"0", "1", "2"} or int(number) >= len(thumbnails):
            raise NotFound(f"photo {photo} has no thumbnail {number!r}")
        _send(self.services, req, resp, thumbnails[int(number)].sha256, "image/jpeg")


def _photo_of(db: sa.Connection, owner: int, photo_id: int) -> Photo:
    photo = photos.get(db, photo_id)
    if photo.owner != owner:
        raise NotFound(f"there is no photo {photo_id}")
    return photo


def _choice_of(req: Request) -> Choice:
    return read_choice(req.get_param("tags"), req.get_param("tag-match"), req.get_param("nsfw"))


def _moment_of(text: str) -> int:
    """Return the moment in ms that a path names in seconds. Raises NotFound."""
    if _SECONDS.fullmatch(text) is None:
        raise NotFound(f"{text!r} is no moment in seconds")
    return max(-_FAR_MS, min(round(float(text) * _MS), _FAR_MS))


def _count_of(text: str) -> int:
    """Return how many photos a path asks for. Raises NotFound, Invalid."""
    if _DIGITS.fullmatch(text) is None:
        raise NotFound(f"{text!r} is no number of photos")
    if not 1 <= int(text) <= COUNT_LIMIT:
        raise Invalid(f"1 to {COUNT_LIMIT} photos can be asked for", where=BODY, limit=COUNT_LIMIT)
    return int(text)


def _send(services: Services, req: Request, resp: Response, sha256: str, content_type: str) -> None:
    """Send the bytes of a photo, or say that they are still the same. Raises NotFound."""
    resp.set_header("ETag", f'"{sha256}"')
    resp.set_header("Cache-Control", CACHE)
    if conditional.is_known(req, sha256):
        conditional.answer_unchanged(resp)
        return
    delivery = services.blobs.get(media.blob_key(sha256))
    assert delivery.body is not None  # noqa: S101 - nothing was asked on a condition
    resp.content_type = content_type
    resp.set_stream(delivery.body, delivery.stat.size)
