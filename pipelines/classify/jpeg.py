"""Whether all of a JPEG is there: libjpeg fills with grey what is missing before a marker, and says nothing of it."""

from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

_BLOCK = 8  # pixels a side, which are decoded as one
_FILL = 128  # what a block without data is decoded to
_STRICT = {"err_detect": "explode"}  # FFmpeg's: anything that is not as it should be is an error


def ends_grey(pixels: NDArray[np.uint8]) -> bool:
    """Tell whether the last block of a picture, (h, w, 3) uint8, looks like one whose data is missing."""
    return bool((pixels[-_BLOCK:, -_BLOCK:] == _FILL).all())


def is_sound(content: bytes) -> bool:
    """Tell, by decoding the whole file once more, whether nothing in it is damaged."""
    decoder: Any = av.CodecContext.create("mjpeg", "r")
    decoder.options = _STRICT
    try:
        return len([*decoder.decode(av.Packet(content)), *decoder.decode(None)]) == 1
    except FFmpegError:
        return False
