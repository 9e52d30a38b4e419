"""A deploy as the order of a classify job, and what is wrong with that order in the words of the deploy; pure."""

import re
from collections.abc import Sequence
from typing import Any

from api.dialects.coralnet.wire import WantedAttributes
from darkroom.errors import DarkroomError, Invalid, NotFound
from storage.coralnet.deploys import DIALECT, KIND
from workers.enqueue import Order

SUGGESTIONS = 5  # per point, at most
# Rows and columns have no bound on this wire: what no picture has is as far outside as what a job cannot name.
PIXEL_LIMIT = 2**31 - 1
_IMAGE = re.compile(r"/params/images/([0-9]+)(/(?:url|points).*)?")


def order_of(classifier: int, images: Sequence[WantedAttributes], owner: int) -> Order:
    """Return the order; an equal deploy is done anew, since what stands under a URL may change."""
    return Order(
        kind=KIND,
        params={
            "classifier": classifier,
            "images": [_image(image) for image in images],
            "top": SUGGESTIONS,
            "overlay": False,
        },
        owner=owner,
        dialect=DIALECT,
        reuse=False,
    )


def relocated(error: Invalid) -> DarkroomError:
    """Return the error with its pointer into the deploy in place of that into the order."""
    if error.where == "/params/classifier":  # it went between the look at it and the order
        return NotFound(error.message)
    match = _IMAGE.fullmatch(error.where or "")
    where = "/data" if match is None else f"/data/{match[1]}/attributes{match[2] or ''}"
    return Invalid(error.message, where=where, limit=error.limit, hint=error.hint)


def _image(image: WantedAttributes) -> dict[str, Any]:
    return {
        "url": image.url,
        "points": [
            {"row": min(place.row, PIXEL_LIMIT), "column": min(place.column, PIXEL_LIMIT)}
            for place in image.points
        ],
    }
