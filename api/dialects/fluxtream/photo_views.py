"""Photos as clients read them; pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from api.dialects.fluxtream.manner import Manner
from api.dialects.fluxtream.tags import NSFW
from storage.fluxtream.photos import CHANNEL, DEVICE, Photo

SHOWN_PER_TILE = 20  # a tile shows no two photos nearer to each other than this part of it


def photo_view(manner: Manner, photo: Photo, count: int = 1) -> dict[str, Any]:
    """Return one photo. count: for how many it stands, those left out around it among them."""
    seconds = photo.captured_ms / 1000
    stamp = datetime.fromtimestamp(photo.captured_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    base = f"{manner.base}/bodytrack"
    return {
        "id": f"{DEVICE}.{CHANNEL}.{photo.id}",
        "description": photo.comment or "",
        "comment": photo.comment or "",
        "begin_d": seconds,
        "end_d": seconds,
        "begin": stamp,
        "end": stamp,
        "dev_id": DEVICE,
        "dev_nickname": DEVICE,
        "object_type_name": CHANNEL,
        "channel_name": CHANNEL,
        "url": f"{base}/photo/{photo.key()}",
        "thumbnails": [
            {
                "url": f"{base}/photoThumbnail/{photo.owner}/{photo.id}/{number}",
                "width": thumbnail.width,
                "height": thumbnail.height,
            }
            for number, thumbnail in enumerate(photo.thumbnails)
        ],
        "tags": photo.tags,
        "count": count,
        "orientation": photo.orientation,
        "nsfw": NSFW in photo.tags,
        "time_type": "gmt",
    } | _place(photo)


def thinned(photos: Iterable[Photo], tile_seconds: float) -> list[tuple[Photo, int]]:
    """Return those that a tile shows, each with the number of photos that it stands for. photos: in the order of time."""
    shown: list[tuple[Photo, int]] = []
    apart = tile_seconds / SHOWN_PER_TILE
    for photo in photos:
        if shown and photo.captured_ms // 1000 <= shown[-1][0].captured_ms // 1000 + apart:
            shown[-1] = (shown[-1][0], shown[-1][1] + 1)
        else:
            shown.append((photo, 1))
    return shown


def _place(photo: Photo) -> dict[str, float]:
    if photo.latitude is None or photo.longitude is None:
        return {}
    return {"latitude": photo.latitude, "longitude": photo.longitude}
