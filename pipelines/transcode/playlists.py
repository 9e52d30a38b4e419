"""HLS playlists over fragmented MP4 files: segments are byte ranges of one file per rung. Source: RFC 8216bis, RFC 6381."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import BadInput
from pipelines.transcode.package import Written
from pipelines.transcode.schedule import Clock, Numbers

_AAC_LC = "mp4a.40.2"
_TYPE_AT, _LARGE = 4, 16  # of a box: where its kind stands, the header of one with a 64-bit size


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: how long it is shown, and its bytes in the rung's file."""

    seconds: float
    offset: int
    size: int

    @property
    def bits_per_second(self) -> float:
        return 8 * self.size / self.seconds


@dataclass(frozen=True, slots=True)
class Stream:
    """A rung as the master playlist lists it."""

    name: str
    width: int
    height: int
    codec: str
    segments: Sequence[Segment]

    @property
    def peak(self) -> int:
        return math.ceil(max(segment.bits_per_second for segment in self.segments))

    @property
    def average(self) -> int:
        seconds = sum(segment.seconds for segment in self.segments)
        return math.ceil(8 * sum(segment.size for segment in self.segments) / seconds)


def segments_of(path: Path, written: Written, starts: Numbers, clock: Clock) -> list[Segment]:
    """Find the bytes of each segment: from the fragment whose keyframe begins it to the next such fragment."""
    fragments, end = _fragments(path)
    if len(fragments) != len(written.keys):
        raise BadInput(
            f"{path.name} has {len(fragments)} fragments for {len(written.keys)} keyframes", code="bad_piece"
        )
    place_by_frame = dict(zip(written.keys, fragments, strict=True))
    offsets = [place_by_frame[int(start)] for start in starts] + [end]
    ticks = [int(clock.ticks[start]) for start in starts] + [clock.end]
    return [
        Segment((ticks[i + 1] - ticks[i]) / clock.scale, offsets[i], offsets[i + 1] - offsets[i])
        for i in range(len(starts))
    ]


def _fragments(path: Path) -> tuple[list[int], int]:
    """Give where each `moof` begins, and where the last fragment ends."""
    places, offset, end = [], 0, 0
    with path.open("rb") as file:
        while header := file.read(_LARGE):
            size = int.from_bytes(header[:_TYPE_AT])
            if size == 1:
                size = int.from_bytes(header[8:_LARGE])
            match header[_TYPE_AT:8]:
                case b"moof":
                    places.append(offset)
                case b"mdat":
                    end = offset + size
            offset += size
            file.seek(offset)
    return places, end


def media_playlist(file_name: str, segments: Sequence[Segment]) -> str:
    """Write the playlist of one rung; what comes before the first segment is its initialisation."""
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{math.ceil(max(segment.seconds for segment in segments))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{file_name}",BYTERANGE="{segments[0].offset}@0"',
    ]
    for segment in segments:
        lines += [
            f"#EXTINF:{segment.seconds:.6f},",
            f"#EXT-X-BYTERANGE:{segment.size}@{segment.offset}",
            file_name,
        ]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def master_playlist(streams: Sequence[Stream], rate: float, *, has_sound: bool) -> str:
    """Write the playlist of playlists, smallest rung first."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for stream in streams:
        codecs = f"{stream.codec},{_AAC_LC}" if has_sound else stream.codec
        attributes = (
            f"BANDWIDTH={stream.peak},AVERAGE-BANDWIDTH={stream.average},"
            f'RESOLUTION={stream.width}x{stream.height},CODECS="{codecs}",FRAME-RATE={rate:.3f}'
        )
        lines += [
            f"#EXT-X-STREAM-INF:{attributes}",
            f"{stream.name}.m3u8",
        ]
    return "\n".join([*lines, ""])
