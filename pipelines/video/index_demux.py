"""Index any movie by one pass over its packets, and find out whether the file's bytes are the packets' own."""

from array import array
from dataclasses import dataclass, field
from fractions import Fraction

import av.container
import av.error
import numpy as np
from av.packet import Packet, PktSideDataT
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pipelines.errors import BadInput
from pipelines.source import Source, open_source
from pipelines.video.container import open_reader, whole_packets
from pipelines.video.cut import is_cut_short
from pipelines.video.fragments import Fragments
from pipelines.video.packet_index import IN_ORDER, Access, Colours, Index, Ticks
from pipelines.video.picture import turn_of
from pipelines.video.tee import Tee
from pipelines.video.turn import Turn

NO_TICKS = -(1 << 63)
# Codecs whose packets a bare decoder understands, given size, tag and set-up bytes.
SELF_CONTAINED = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mjpeg", "prores", "mpeg2video"})
GUESSED_TIMES = ("avi", "h264", "hevc", "m4v", "mjpeg")  # FFmpeg counts packets, whatever their order
_SOUGHT = ("mov", "matroska")  # whose index leads to a keyframe for certain
_HEADER_BYTES = 64  # between a packet's place and its first byte at most
_PACKETS_PER_FRAME = 4  # hidden ones are many only in a movie made to harm
_FIRST_LIMIT = 64  # packets that are tried for a first picture
_ALTERED: tuple[PktSideDataT, ...] = (
    "new_extradata",
    "palette",
    "param_change",
)  # a decoder needs these beside the packet's bytes


@dataclass(slots=True)
class _Rows:
    """What the pass collects, a row per packet."""

    offset: "array[int]" = field(default_factory=lambda: array("q"))
    size: "array[int]" = field(default_factory=lambda: array("q"))
    pts: "array[int]" = field(default_factory=lambda: array("q"))
    dts: "array[int]" = field(default_factory=lambda: array("q"))
    is_key: bytearray = field(default_factory=bytearray)
    is_hidden: bytearray = field(default_factory=bytearray)
    shown: int = 0
    last_ticks: int = 0
    is_encrypted: bool = False
    is_broken: bool = False
    is_verbatim: bool = True  # so far, the file's bytes were the packets'
    first: VideoFrame | None = None


def index_demux(source: Source, *, pixels_limit: int, frames_limit: int) -> Index:
    """Read all packets once. Raises BadInput as `open_movie` does, and no_frames, too_many_frames."""
    with open_source(source) as reader:
        tee = Tee(Fragments(reader, frames_limit))
        with open_reader(tee, pixels_limit=pixels_limit) as (container, stream):
            rows = _scan(container, stream, tee, frames_limit)
            is_cut = rows.is_broken or is_cut_short(reader)
            return _built(container, stream, rows, is_cut)


def _scan(container: av.container.InputContainer, stream: VideoStream, tee: Tee, frames_limit: int) -> _Rows:
    rows, header = _Rows(), 0
    stream.codec_context.thread_count = 1
    rows.is_verbatim = stream.codec_context.codec.canonical_name in SELF_CONTAINED
    for packet in whole_packets(container, stream):
        if packet is None:
            rows.is_broken = True
            continue
        header = _place(packet, tee, rows, header)
        _note(packet, rows, stream.codec_context.name)
        if rows.first is None and len(rows.pts) <= _FIRST_LIMIT and not rows.is_encrypted:
            rows.first = _decoded(stream, packet)
        if rows.shown > frames_limit or len(rows.pts) > _PACKETS_PER_FRAME * frames_limit:
            raise BadInput(f"the movie has more than {frames_limit:,} frames", code="too_many_frames")
    if not rows.shown:
        raise BadInput("the movie has no frames", code="no_frames")
    return rows


def _place(packet: "Packet[VideoStream]", tee: Tee, rows: _Rows, header: int) -> int:
    """Note where a packet's bytes begin in the file; give the length of the header before them."""
    at = -1 if packet.pos is None else packet.pos
    if rows.is_verbatim and at >= 0:
        near, data = tee.recall(at, _HEADER_BYTES + packet.size), bytes(packet)
        header = header if near[header : header + len(data)] == data else near.find(data)
        rows.is_verbatim = header >= 0 and not any(packet.has_sidedata(kind) for kind in _ALTERED)
        at += max(header, 0)
    rows.offset.append(at)
    rows.size.append(packet.size)
    return max(header, 0)


def _note(packet: "Packet[VideoStream]", rows: _Rows, codec: str) -> None:
    rows.pts.append(NO_TICKS if packet.pts is None else packet.pts)
    rows.dts.append(NO_TICKS if packet.dts is None else packet.dts)
    rows.is_key.append(packet.is_keyframe)
    rows.is_hidden.append(packet.is_discard or _is_hidden_reference(packet, codec))
    rows.is_encrypted = rows.is_encrypted or packet.has_sidedata("encryption_info")
    if not rows.is_hidden[-1]:
        rows.shown += 1
        rows.last_ticks = packet.duration or rows.last_ticks


def _is_hidden_reference(packet: "Packet[VideoStream]", codec: str) -> bool:
    """Tell a VP8 frame that is never shown: bit 4 of its first byte is clear. Source: RFC 6386, 9.1."""
    return codec == "vp8" and not memoryview(packet)[0] & 0x10


def _decoded(stream: VideoStream, packet: "Packet[VideoStream]") -> VideoFrame | None:
    """Give the first picture as soon as it comes out: how it is turned, only a picture tells."""
    try:
        return next(iter(stream.decode(packet)), None)
    except av.error.FFmpegError:
        return None


def _built(container: av.container.InputContainer, stream: VideoStream, rows: _Rows, is_cut: bool) -> Index:
    context, name = stream.codec_context, container.format.name
    pts, is_hidden = np.array(rows.pts, np.int64), np.array(rows.is_hidden, bool)
    shown = pts[~is_hidden]
    has_times = bool((shown != NO_TICKS).all() and (np.diff(np.sort(shown)) > 0).all())
    codec, is_exact = context.codec.canonical_name, name not in GUESSED_TIMES
    access = _access(name, codec, rows, has_times and is_exact)
    step = rows.last_ticks or 1
    frames = len(shown)
    listed = len(stream.index_entries) - int(is_hidden.sum()) if name.startswith("mov") else 0
    return Index(
        codec=codec,
        container=name,
        width=rows.first.width if rows.first else context.width,
        height=rows.first.height if rows.first else context.height,
        turn=turn_of(rows.first) if rows.first else Turn(),
        time_base=stream.time_base or Fraction(1),
        extradata=context.extradata or b"",
        offset=np.array(rows.offset, np.int64),
        size=np.array(rows.size, np.int64),
        pts=_times(pts, is_hidden, access, has_times, step),
        dts=np.array(rows.dts, np.int64),
        last_ticks=rows.last_ticks,
        is_key=np.array(rows.is_key, bool),
        is_hidden=is_hidden,
        access=access,
        promised=max(listed, frames + is_cut),
        is_encrypted=rows.is_encrypted,
        has_times=has_times,
        is_exact=is_exact,
        tag=_tag(context),
        colours=Colours(context.color_primaries, context.color_trc, context.colorspace, context.color_range),
    )


def _tag(context: VideoCodecContext) -> str:
    try:
        return context.codec_tag
    except UnicodeDecodeError:  # a damaged one: PyAV takes all tags for ASCII
        return ""


def _access(container: str, codec: str, rows: _Rows, has_times: bool) -> Access:
    """Tell how packets are reached again: as directly as is certain."""
    if not has_times and codec not in IN_ORDER:
        return Access.COUNTED
    if rows.is_verbatim:
        return Access.DIRECT
    if container == "mpegts" and codec in SELF_CONTAINED and min(rows.offset) >= 0:
        return Access.SLICED
    return Access.SOUGHT if has_times and container.startswith(_SOUGHT) else Access.COUNTED


def _times(pts: Ticks, is_hidden: NDArray[np.bool_], access: Access, has_times: bool, step: int) -> Ticks:
    """Give every packet a time that puts the frames in order; a movie without times counts its frames."""
    if not has_times:
        return np.cumsum(~is_hidden, dtype=np.int64) * step
    if access is Access.COUNTED:
        pts = pts.copy()
        pts[~is_hidden] = np.sort(pts[~is_hidden])
    return pts
