"""Red pictures by which clients try the door without a key or a movie."""

import base64
import zlib

# A JPEG of 640x480, all red: made without any library for pictures, which this process does not have.
_LANDSCAPE = zlib.decompress(
    base64.b85decode(
        "c-s4a<NpH&0WUXCHwH#V1_nkTWcYuZ!I>ez+{VquD8S9pEh;o1zT!kvMP6RT*Y!Imp7>8302;y=8WmNMS@F85>Ggl|zySt9"
        "4#o#e4a|&63`~NI%z}*nk1&XWor(gOfx;pJ=%NfjQ87kFbk)o(Ak~7Hs&6syFf#(}VHRYtXPCgbjbRjwf>AIEM!_f;v4HviO"
        "#q+hh0p"
    )
)
_SIZE_AT = _LANDSCAPE.index(b"\xff\xc0") + 5  # height and width, two bytes each, in the frame's header


def _upended(jpeg: bytes) -> bytes:
    """Return the picture with its sides swapped; it has as many blocks, all alike."""
    height, width = jpeg[_SIZE_AT : _SIZE_AT + 2], jpeg[_SIZE_AT + 2 : _SIZE_AT + 4]
    return jpeg[:_SIZE_AT] + width + height + jpeg[_SIZE_AT + 4 :]


PICTURES = {
    "red-0": _LANDSCAPE,
    "red-90": _upended(_LANDSCAPE),
    "red-180": _LANDSCAPE,
    "red-270": _upended(_LANDSCAPE),
}
