"""What a deploy asks for, checked as its clients' server checks it: depth first, up to the first thing that is wrong."""

from typing import Any

from msgspec import Struct

from api.dialects.coralnet.wire import Place, WantedAttributes
from darkroom.errors import Invalid
from darkroom.settings import Settings

URL_LIMIT = 8192  # bytes
IS_HASH = "Ensure this element is a hash."
IS_ARRAY = "Ensure this element is an array."
IS_TEXT = "Ensure this element is a string."
IS_WHOLE = "Ensure this element is an integer."
HAS = "Ensure this hash has a '{name}' key."
IS_FILLED = "Ensure this array is non-empty."
IS_SHORT = "This array exceeds the max length of {limit}."
IS_EQUAL = "This element should be equal to '{value}'."
IS_NATURAL = "This element's value is below the minimum of 0."
URL_IS_SHORT = f"This string exceeds the max length of {URL_LIMIT} bytes."
URL_IS_UNICODE = "This string has half of a surrogate pair."
URL_HAS_NO_NUL = "This string has a NUL character."
IMAGE = "image"


class Limits(Struct, frozen=True):
    """images: of one request; points: of one image."""

    images: int
    points: int


def limits_of(settings: Settings) -> Limits:
    return Limits(settings.coralnet_images_limit, settings.coralnet_points_limit)


def read_deploy(value: Any, limits: Limits) -> list[WantedAttributes]:
    """Return the images that are asked for; what else the body says is not looked at.

    Raises Invalid with a pointer, which is `/` for the body itself.
    """
    data = _member(value, "/", "data")
    images = _array(data, "/data", limits.images)
    return [_image(one, f"/data/{number}", limits) for number, one in enumerate(images)]


def _image(value: Any, where: str, limits: Limits) -> WantedAttributes:
    kind, attributes = _member(value, where, "type"), _member(value, where, "attributes")
    if _text(kind, f"{where}/type") != IMAGE:
        raise Invalid(IS_EQUAL.format(value=IMAGE), where=f"{where}/type")
    where = f"{where}/attributes"
    url, points = _member(attributes, where, "url"), _member(attributes, where, "points")
    url = _url(url, f"{where}/url")
    points = _array(points, f"{where}/points", limits.points)
    return WantedAttributes(
        url, [_place(one, f"{where}/points/{number}") for number, one in enumerate(points)]
    )


def _place(value: Any, where: str) -> Place:
    row, column = _member(value, where, "row"), _member(value, where, "column")
    return Place(_index(row, f"{where}/row"), _index(column, f"{where}/column"))


def _member(value: Any, where: str, name: str) -> Any:
    if not isinstance(value, dict):
        raise Invalid(IS_HASH, where=where)
    if name not in value:
        raise Invalid(HAS.format(name=name), where=where)
    return value[name]


def _array(value: Any, where: str, limit: int) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid(IS_ARRAY, where=where)
    if not value:
        raise Invalid(IS_FILLED, where=where)
    if len(value) > limit:
        raise Invalid(IS_SHORT.format(limit=limit), where=where, limit=limit)
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise Invalid(IS_TEXT, where=where)
    return value


def _url(value: Any, where: str) -> str:
    """Return a text that can be kept. Whether it leads anywhere is found out later, and concerns this image only."""
    text = _text(value, where)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise Invalid(URL_IS_UNICODE, where=where) from error
    if size > URL_LIMIT:
        raise Invalid(URL_IS_SHORT, where=where, limit=URL_LIMIT)
    if "\x00" in text:  # no text column of PostgreSQL can hold it
        raise Invalid(URL_HAS_NO_NUL, where=where)
    return text


def _index(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(IS_WHOLE, where=where)
    if value < 0:
        raise Invalid(IS_NATURAL, where=where, limit=0)
    return value
