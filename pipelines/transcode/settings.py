"""What may be asked of a transcode, checked."""

import re
from dataclasses import dataclass
from typing import Literal

from pipelines.errors import BadInput

Packaging = Literal["mp4", "fmp4", "hls"]
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")
HEIGHTS = (16, 4320)  # the least that is a picture, and 8K
RUNGS_LIMIT = 8
GOP_SECONDS = (0.1, 10.0)  # players fetch whole groups: longer ones stall them
AUDIO_KBPS = (16, 512)
_PACKAGINGS = ("mp4", "fmp4", "hls")
_ENCODERS = ("auto", "x264")


@dataclass(frozen=True, slots=True)
class Settings:
    """One transcode.

    heights: of the pictures as shown. crf: x264's constant rate factor, lower is better. gop_seconds: a keyframe at
    every multiple of it. encoder: `auto` takes a GPU's where a probe has found one; `x264` is the same everywhere.
    """

    heights: tuple[int, ...] = (480, 720, 1080)
    packaging: Packaging = "mp4"
    crf: int = 23
    preset: str = "veryfast"
    gop_seconds: float = 2.0
    audio: bool = True
    audio_kbps: int = 128
    poster: bool = True
    encoder: Literal["auto", "x264"] = "auto"

    def __post_init__(self) -> None:
        """Raise BadInput naming the setting that cannot be."""
        if not 1 <= len(self.heights) <= RUNGS_LIMIT:
            raise BadInput(f"heights: give 1 to {RUNGS_LIMIT} of them", code="bad_heights")
        for height in self.heights:
            _check("heights", height, *HEIGHTS)
        _check("crf", self.crf, 0, 51)
        _check("gop_seconds", self.gop_seconds, *GOP_SECONDS)
        _check("audio_kbps", self.audio_kbps, *AUDIO_KBPS)
        _choose("preset", self.preset, PRESETS)
        _choose("packaging", self.packaging, _PACKAGINGS)
        _choose("encoder", self.encoder, _ENCODERS)


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise BadInput(f"{name}: {value} is not within {least} to {most}", code=f"bad_{name}")


def _choose(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        shown = re.sub(r"[^\w.-]", "?", value[:32])
        raise BadInput(f"{name}: {shown!r} is none of {', '.join(choices)}", code=f"bad_{name}")
