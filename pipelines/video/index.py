"""Read a movie's index in the cheapest way that is certain: an MP4's `moov`, else one pass over the packets."""

import struct

from pipelines.errors import BadInput
from pipelines.source import Source, open_ranges
from pipelines.video.boxes import NotPlain
from pipelines.video.container import FRAMES_LIMIT, PIXELS_LIMIT
from pipelines.video.index_blob import INDEX_VERSION, decode_index, encode_index
from pipelines.video.index_demux import index_demux
from pipelines.video.index_mp4 import index_mp4
from pipelines.video.packet_index import Access, Index

__all__ = ["INDEX_VERSION", "Access", "Index", "decode_index", "encode_index", "read_index"]


def read_index(
    source: Source, *, pixels_limit: int = PIXELS_LIMIT, frames_limit: int = FRAMES_LIMIT
) -> Index:
    """Tell where each packet of a movie lies, and when it is shown.

    The count equals that of a full decode of a sound file: packets that an edit list hides, empty packets and
    VP8's hidden reference frames are no frames. A plain MP4 or MOV is read with two or three small reads.
    Raises BadInput as `open_movie` does, and no_frames, too_many_frames.
    """
    index = _plain(source, frames_limit)
    if index is None:
        return index_demux(source, pixels_limit=pixels_limit, frames_limit=frames_limit)
    if index.width * index.height > pixels_limit:
        raise BadInput(
            f"a picture of {index.width}x{index.height} has more than {pixels_limit:,} pixels",
            code="too_many_pixels",
        )
    if not index.frames:
        raise BadInput("the movie has no frames", code="no_frames")
    return index


def _plain(source: Source, frames_limit: int) -> Index | None:
    with open_ranges(source) as ranges:
        try:
            return index_mp4(ranges, frames_limit)
        except (NotPlain, IndexError, struct.error):
            return None
