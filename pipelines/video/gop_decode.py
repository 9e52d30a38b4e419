"""Decode one GOP as far as wanted, and give only pictures that are proven whole."""

from collections.abc import Callable, Iterator
from typing import cast

import av.codec.context
import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipelines.video.container import decoder_options
from pipelines.video.packet_index import DECODERS, Index
from pipelines.video.plan import Gop
from pipelines.video.references import Judge

_LATE_PACKETS = 40  # a decoder holds back 16 pictures for order, and one per thread: later means never

Whole = tuple[int, VideoFrame]  # packet, picture
Stored = Iterator[tuple[int, "Packet[VideoStream]"]]


def open_decoder(index: Index, *, threads: int, pixels_limit: int) -> VideoCodecContext:
    """Give a decoder set up as the container says, of no container."""
    name = DECODERS.get(index.codec, index.codec)
    context = cast("VideoCodecContext", av.codec.context.CodecContext.create(name, "r"))
    context.extradata = index.extradata or None
    context.width, context.height = index.width, index.height
    if len(index.tag) == 4:
        context.codec_tag = index.tag
    colours = index.colours
    context.color_primaries, context.color_trc = colours.primaries, colours.transfer
    context.colorspace, context.color_range = colours.matrix, colours.range
    context.reorder_depth = index.reorder_depth
    context.options = decoder_options(index.codec, pixels_limit)
    context.thread_type = "FRAME"
    context.thread_count = threads
    return context


class Proof:
    """Holds wanted pictures back until all that they may rest on is known to be whole.

    A picture may rest on any reference picture that was decoded before it in the same run. Leading pictures of the
    GOP at which a run begins are not looked at: they rest on what lies before it.
    """

    def __init__(self, index: Index, start: int, is_wanted: Callable[[int], bool]) -> None:
        self._start, self._start_pts = start, index.pts[start]
        self._index = index
        self._is_wanted = is_wanted
        self._awaited: dict[int, bool] = {}  # packet, as they were fed: whether others may rest on it
        self._held: dict[int, VideoFrame] = {}
        self._broken_from = index.packets  # the first reference picture that is damaged
        self.damaged: set[int] = set()  # wanted packets
        self.is_rootless = False  # the first picture never came out: the decoder wants what lies before it

    def feed(self, packet: int, *, is_reference: bool) -> None:
        """Take note of a packet that goes into the decoder."""
        if self._comes_out(packet) and self._index.pts[packet] >= self._start_pts:
            self._awaited[packet] = is_reference

    def expects(self, packet: int) -> bool:
        """Tell whether a packet was fed whose picture was not given yet."""
        return packet in self._awaited or packet in self._held

    def blame(self, packet: int) -> None:
        """Take note that a packet was refused."""
        if packet in self._awaited or not self._comes_out(packet):
            self._spoil(packet, is_reference=self._awaited.pop(packet, True))

    def take(self, frame: VideoFrame) -> None:
        """Take a picture that came out."""
        packet = frame.pts if frame.pts is not None else -1
        is_reference = self._awaited.pop(packet, None)
        if frame.is_corrupt and is_reference is not None:
            self._spoil(packet, is_reference=is_reference)
        elif is_reference is not None and self._is_wanted(packet):
            self._held[packet] = frame

    def proven(self, fed: int) -> Iterator[Whole]:
        """Give what can no longer turn out to be damaged, once packet `fed` was fed."""
        while self._awaited and (oldest := next(iter(self._awaited))) < fed - _LATE_PACKETS:
            self._miss(oldest)
        surely = next(iter(self._awaited), self._index.packets)
        for packet in sorted(packet for packet in self._held if packet < surely):
            frame = self._held.pop(packet)
            if packet < self._broken_from:
                yield packet, frame
            else:
                self.damaged.add(packet)

    def end(self) -> Iterator[Whole]:
        """Give the rest, once the decoder is empty; what is still awaited is missing."""
        for packet in list(self._awaited):
            self._miss(packet)
        yield from self.proven(0)

    def _comes_out(self, packet: int) -> bool:
        """Tell whether a packet becomes a picture of its own: VP8's hidden references never do."""
        return not (self._index.codec == "vp8" and self._index.is_hidden[packet])

    def _miss(self, packet: int) -> None:
        self.is_rootless = self.is_rootless or packet == self._start
        self.blame(packet)

    def _spoil(self, packet: int, *, is_reference: bool) -> None:
        if is_reference:
            self._broken_from = min(self._broken_from, packet)
        if self._is_wanted(packet):
            self.damaged.add(packet)


def decode_gop(
    gop: Gop, stored: Stored, context: VideoCodecContext, *, index: Index, is_free: Judge, proof: Proof
) -> Iterator[Whole]:
    """Give the wanted pictures of one GOP that are whole; `proof.damaged` tells the others at the end.

    Pictures that no other needs are not decoded unless wanted.
    """
    for number, packet in stored:
        free = is_free(memoryview(packet))
        if free and number not in gop.number_by_packet:
            continue
        proof.feed(number, is_reference=not free)
        if packet.size < index.size[number]:
            proof.blame(number)
            break
        decode_packet(context, number, packet, proof)
        yield from proof.proven(number)
    decode_packet(context, gop.last, None, proof)
    yield from proof.end()


def decode_packet(
    context: VideoCodecContext, number: int, packet: "Packet[VideoStream] | None", proof: Proof
) -> None:
    """Put a packet into a decoder, None to empty it, and what comes out before the proof."""
    if packet:
        packet.pts = packet.dts = number  # so that its picture tells which it is
    try:
        frames = context.decode(packet)
    except av.error.FFmpegError:
        proof.blame(number)
        return
    for frame in frames:
        proof.take(frame)
