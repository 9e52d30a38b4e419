"""What a network wants to be fed, and what it gives back."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, NoReturn

from pipelines.errors import BadInput

SIDE_LIMIT_PX = 1024
LENGTH_LIMIT = 65_536
TEXT_LIMIT = 500
LAYOUTS = ("NCHW", "NHWC")
CHANNELS = ("RGB", "BGR")

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Manifest:
    """How a patch becomes a network's input: `(value * scale - mean) / std`, value 0 to 255, per channel.

    patch_px: the side of what is cut round a point. input_px: the side that the network is fed; where it differs, the
    patch is resized. channels: the order of the channels, of `mean` and of `std`. length: features, or labels, per patch.
    """

    name: str
    length: int
    patch_px: int = 224
    input_px: int = 224
    layout: str = "NCHW"
    channels: str = "RGB"
    scale: float = 1 / 255
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = (1.0, 1.0, 1.0)
    input_name: str = "input"
    output_name: str = "output"
    licence: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, fit for JSON."""
        return {**asdict(self), "mean": list(self.mean), "std": list(self.std)}

    def input_shape(self, patches: int) -> tuple[int, int, int, int]:
        """Return the shape of the input for so many patches."""
        side = self.input_px
        return (patches, 3, side, side) if self.layout == "NCHW" else (patches, side, side, 3)


_FIELDS = tuple(field.name for field in fields(Manifest))


def from_dict(values: Mapping[str, Any]) -> Manifest:
    """Read a manifest from plain values; what is left out has its default. Raises BadInput: bad_manifest."""
    if unknown := sorted(set(values) - set(_FIELDS)):
        _refuse(f"has no field {unknown[0]!r}")
    if missing := [name for name in ("name", "length") if name not in values]:
        _refuse(f"lacks {missing[0]}")
    made = Manifest(**{name: _value(name, values[name]) for name in _FIELDS if name in values})
    _check_spread(made)
    return made


def _value(name: str, value: Any) -> Any:
    match name:
        case "patch_px" | "input_px":
            return _whole(name, value, SIDE_LIMIT_PX)
        case "length":
            return _whole(name, value, LENGTH_LIMIT)
        case "layout":
            return _one_of(name, value, LAYOUTS)
        case "channels":
            return _one_of(name, value, CHANNELS)
        case "mean" | "std":
            return _triple(name, value)
        case _:
            return _number(name, value) if name == "scale" else _text(name, value)


def _whole(name: str, value: Any, limit: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= limit:
        _refuse(f"needs {name} to be a whole number from 1 to {limit}")
    return value


def _one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    if value not in choices:
        _refuse(f"needs {name} to be one of {', '.join(choices)}")
    return str(value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        _refuse(f"needs {name} to be a finite number")
    return float(value)


def _triple(name: str, value: Any) -> Triple:
    if not isinstance(value, list | tuple) or len(value) != 3:
        _refuse(f"needs {name} to be three numbers, one per channel")
    first, second, third = (_number(name, one) for one in value)
    return first, second, third


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        _refuse(f"needs {name} to be a text of at most {TEXT_LIMIT} characters")
    if not value and name != "licence":
        _refuse(f"needs {name} not to be empty")
    return value


def _check_spread(manifest: Manifest) -> None:
    if manifest.scale == 0:
        _refuse("needs scale not to be 0")
    if 0.0 in manifest.std:
        _refuse("needs no std to be 0")


def _refuse(why: str) -> NoReturn:
    raise BadInput(f"the manifest {why}", code="bad_manifest")
