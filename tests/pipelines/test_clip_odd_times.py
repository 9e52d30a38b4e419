"""A clip of a movie whose times make no sense is refused by the frame that cannot be had."""

import struct

import pytest

from pipelines.clip import Range, cut
from pipelines.errors import CannotDecode


@pytest.fixture
def late_keyframe(write_movie, noise):
    """Give a movie whose first keyframe would be shown, as its damaged `ctts` says, long after all is over."""
    path = write_movie(noise(12), codec="mpeg4", options={"g": "6", "bf": "2"})
    data = bytearray(path.read_bytes())
    at = data.index(b"ctts")
    data[at + 16 : at + 20] = struct.pack(">I", 1 << 24)
    path.write_bytes(data)
    return path


def test_pictures_that_cannot_be_decoded_from_their_keyframe_are_not_copied(late_keyframe, tmp_path):
    with pytest.raises(CannotDecode) as broken:
        cut(late_keyframe, tmp_path, [Range(4, 8)], mode="copy")

    assert broken.value.frame == 4
