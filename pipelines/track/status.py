"""What became of a point on a frame."""

from enum import IntEnum


class Status(IntEnum):
    """What became of a point on one frame; tables write the names in lower case.

    TRACKED: found. UNCERTAIN: probably found, but a person should look. LOST: not found, and nobody can say why;
    it keeps its last place and is looked for. OCCLUDED: something has come before it. CUT: the scene is another one.
    OUT_OF_FRAME: it has left the picture.
    """

    TRACKED = 0
    UNCERTAIN = 1
    LOST = 2
    OCCLUDED = 3
    CUT = 4
    OUT_OF_FRAME = 5
