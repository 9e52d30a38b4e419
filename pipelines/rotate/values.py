"""What is asked of a rotation, and what it gives."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pipelines.errors import BadInput
from pipelines.video.turn import Turn

Rotation = Literal[0, 90, 180, 270]
Flip = Literal["none", "horizontal", "vertical"]
Method = Literal["metadata", "pixels"]
Size = tuple[int, int]  # (width, height)
Tick = Callable[[int, int, str], None]

_TURNS: dict[tuple[str, int], Turn] = {
    (flip, rotation): Turn((rotation + (180 if flip == "vertical" else 0)) % 360, flip != "none")
    for flip in ("none", "horizontal", "vertical")
    for rotation in (0, 90, 180, 270)
}
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How turned pixels are encoded: x264's preset and constant rate factor, and a lossy picture's quality."""

    preset: str = "veryfast"
    crf: int = 18  # hardly to be told from the original
    quality: int = 95

    def __post_init__(self) -> None:
        """Raise BadInput (bad_encoding) naming the setting that cannot be."""
        if self.preset not in PRESETS:
            raise BadInput(f"preset is none of {', '.join(PRESETS)}", code="bad_encoding")
        if not 0 <= self.crf <= 51:
            raise BadInput(f"crf {self.crf} is not between 0 and 51", code="bad_encoding")
        if not 1 <= self.quality <= 100:
            raise BadInput(f"quality {self.quality} is not between 1 and 100", code="bad_encoding")


@dataclass(frozen=True, slots=True)
class Limits:
    """pixels, frames: of the source. still_bytes: of a picture's file, which is held in memory."""

    pixels: int
    frames: int
    still_bytes: int


@dataclass(frozen=True, slots=True)
class Rotated:
    """What was made.

    file: its name in the folder. method: the one really used. why: how it was done, and why not as asked.
    before, after: (width, height) as shown. bit_identical: the compressed pictures are the same bytes as before.
    lossless: every pixel has the value it had.
    """

    file: str
    content_type: str
    method: Method
    why: str
    before: Size
    after: Size
    bit_identical: bool
    lossless: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Turning:
    """One rotation on its way. turn: of the picture as it is shown now. folder: where its file is made, unseen."""

    folder: Path
    turn: Turn
    encoding: Encoding
    limits: Limits
    tick: Tick


def asked_turn(rotation: int, flip: str) -> Turn:
    """Give the turn that mirrors as `flip` says and then turns clockwise. Raises BadInput: bad_rotation, no_turn."""
    turn = _TURNS.get((flip, rotation))
    if turn is None:
        raise BadInput(
            "rotation is 0, 90, 180 or 270; flip is none, horizontal or vertical", code="bad_rotation"
        )
    if turn.is_none:
        raise BadInput(
            "nothing is to be turned: rotation is 0 and flip is none",
            code="no_turn",
            hint="copy the file instead",
        )
    return turn
