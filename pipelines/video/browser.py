"""Keep a decoder open where it stands, so that the next frame costs about one picture."""

from collections.abc import Callable, Iterator

from av.video.codeccontext import VideoCodecContext

from pipelines.video.gop_decode import Proof, Stored, Whole, decode_packet, open_decoder
from pipelines.video.packet_index import Index
from pipelines.video.plan import Gop
from pipelines.video.references import Judge

BACK = 4  # packets before a target: room for a step back
FAR_BACK = 20  # once somebody does step back
_SPAN = 16  # packets that are read at a time when going on
_RESTART = 4  # packets that a new decoder costs more than one that is open

Fetch = Callable[[int, int], Stored]  # packets, first and last


class Browser:
    """A decoder of its own that goes forward through a movie and gives every picture that it passes.

    It is not drained after an answer, for that would end it: it is fed on until the answer comes out. What comes out
    with it are the next frames, which are asked for next more often than not.
    """

    def __init__(
        self, index: Index, fetch: Fetch, is_free: Judge, *, threads: int, pixels_limit: int
    ) -> None:
        self._index = index
        self._fetch = fetch
        self._is_free = is_free
        self._threads = threads
        self._pixels_limit = pixels_limit
        self._ahead = index.reorder_depth + threads + 1  # packets after which a picture surely comes out
        self._context: VideoCodecContext | None = None
        self._proof: Proof | None = None
        self._stored: Stored = iter(())
        self._fed = -1
        self._read = -1

    def reaches(self, gop: Gop) -> bool:
        """Tell whether the decoder is open, and going on is cheaper than starting over."""
        if self._context is None or self._proof is None:
            return False
        return self._fed >= gop.start - _RESTART and all(
            packet > self._fed or self._proof.expects(packet) for packet in gop.number_by_packet
        )

    def pictures(self, gop: Gop, back: int) -> Iterator[Whole]:
        """Give pictures until all wanted ones were among them, or are damaged.

        back: so many packets before the last wanted one, even those are decoded that nobody asked for.
        """
        if not self.reaches(gop):
            self._begin(gop.start, gop.last)
        context, proof = self._context, self._proof
        missing = set(gop.number_by_packet)
        while missing and context and proof:
            for packet, frame in self._step(context, proof, gop, gop.last - back):
                missing.discard(packet)
                yield packet, frame
            missing -= proof.damaged
            if proof.damaged:
                self._context = None
            context = self._context

    def close(self) -> None:
        """Let go of the decoder."""
        self._context = self._proof = None
        self._stored = iter(())

    def _begin(self, start: int, last: int) -> None:
        self._context = open_decoder(self._index, threads=self._threads, pixels_limit=self._pixels_limit)
        self._proof = Proof(self._index, start, lambda packet: not self._index.is_hidden[packet])
        self._fed, self._read = start - 1, start - 1
        self._read_on(last + self._ahead)

    def _read_on(self, last: int) -> None:
        first, self._read = self._read + 1, min(last, self._index.packets - 1)
        self._stored = self._fetch(first, self._read)

    def _step(self, context: VideoCodecContext, proof: Proof, gop: Gop, first_kept: int) -> Iterator[Whole]:
        """Feed one packet, and give what came out; at the movie's end empty the decoder."""
        number, packet = next(self._stored, (-1, None))
        if packet is None and self._read < self._index.packets - 1:
            self._read_on(self._read + _SPAN)
            return
        if packet is None or packet.size < self._index.size[number]:
            self._context = None
            decode_packet(context, gop.last, None, proof)
            yield from proof.end()
            return
        self._fed = number
        free = self._is_free(memoryview(packet))
        if free and number < first_kept and number not in gop.number_by_packet:
            return
        proof.feed(number, is_reference=not free)
        decode_packet(context, number, packet, proof)
        yield from proof.proven(number)
