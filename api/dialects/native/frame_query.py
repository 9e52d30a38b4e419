"""From the query of `GET …/frames` to the params of a `frames` job; pure."""

import re
from typing import Any

from api.dialects.native.wire import FramesQuery
from darkroom.errors import Invalid

FORMAT_BY_TYPE = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/gif": "gif",
}
PLAIN = ("columns", "rows", "width", "height", "quality", "fps", "upright", "count")
LIST_LIMIT = 20_000  # values in one parameter; far beyond what a job may ask for
WHOLE = re.compile(r"\d{1,16}")
DECIMAL = re.compile(r"\d{1,10}(\.\d{1,9})?")


def params_of(query: FramesQuery, accept: str | None) -> dict[str, Any]:
    """Return the params, as the job wants them. Raises Invalid that names the query parameter."""
    params: dict[str, Any] = {name: value for name in PLAIN if (value := getattr(query, name)) is not None}
    if query.frames is not None:
        params["frames"] = [int(text) for text in _listed("frames", query.frames, WHOLE, "whole numbers")]
    if query.seconds is not None:
        params["seconds"] = [float(text) for text in _listed("seconds", query.seconds, DECIMAL, "seconds")]
    if not params.keys() & {"frames", "seconds", "count"}:
        params["frames"] = [0]
    if query.roi is not None:
        params["rois"] = [_roi(text) for text in ([query.roi] if isinstance(query.roi, str) else query.roi)]
    params["layout"] = query.layout or _layout(params)
    params["format"] = query.format or _format(accept, params["layout"])
    return params


def reworded(error: Invalid) -> Invalid:
    """Return the refusal of a param as that of the query parameter it came from."""
    name = (error.where or "").removeprefix("/params").strip("/").replace("rois", "roi")
    name = name.replace("inputs/movie", "media")
    return Invalid(error.message, where=name or "query", limit=error.limit, hint=error.hint)


def selection_of(query: FramesQuery) -> str:
    """Return the parameter that says which frames are wanted."""
    return next(
        (name for name in ("frames", "seconds", "count") if getattr(query, name) is not None), "frames"
    )


def _listed(name: str, text: str, form: re.Pattern[str], meaning: str) -> list[str]:
    pieces = text.split(",", LIST_LIMIT)
    if len(pieces) > LIST_LIMIT:
        raise Invalid(f"more than {LIST_LIMIT} values", where=name, limit=LIST_LIMIT)
    for piece in pieces:
        if not (piece.isascii() and form.fullmatch(piece)):
            raise Invalid(
                f"{meaning} from 0 up, separated by commas; not {piece[:40]!r}", where=name, limit=0
            )
    return pieces


def _roi(text: str) -> dict[str, int]:
    pieces = _listed("roi", text, WHOLE, "x,y,width,height in whole pixels")
    if len(pieces) != 4:
        raise Invalid(f"x,y,width,height are wanted; {len(pieces)} values came", where="roi", limit=4)
    return dict(zip(("x", "y", "width", "height"), map(int, pieces), strict=True))


def _layout(params: dict[str, Any]) -> str:
    several = params.get("count", 1) > 1 or len(params.get("frames") or params.get("seconds") or [0]) > 1
    return "montage" if several else "each"


def _format(accept: str | None, layout: str) -> str:
    """Return the first format that the client names as its wish; what a page or a script asks for is a JPEG.

    A browser names AVIF before all, which costs a hundred times a JPEG: it is for who names nothing else.
    """
    wishes = [_wish(item) for item in (accept or "").split(",")]
    named = [wish for wish in wishes if wish and _fits(wish, layout)]
    cheap = [wish for wish in named if wish != "avif"]
    if cheap or (named and len(wishes) == 1):
        return (cheap or named)[0]
    return "gif" if layout == "animation" else "jpeg"


def _wish(item: str) -> str | None:
    """Return the format that one item of an Accept header names, None for another type, and for one refused by q=0."""
    media_type, *parameters = (piece.strip().lower() for piece in item.split(";"))
    is_refused = any(re.fullmatch(r"q=0(\.0{0,3})?", parameter) for parameter in parameters)
    return None if is_refused else FORMAT_BY_TYPE.get(media_type)


def _fits(image_format: str, layout: str) -> bool:
    return image_format == "webp" or (image_format == "gif") == (layout == "animation")
