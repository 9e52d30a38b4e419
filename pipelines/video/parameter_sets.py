"""The parameter sets of an H.264 movie: those that its header holds, what they say, and how two movies' go into one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.errors import BadInput

SPS, PPS = 7, 8  # NAL unit types; source: ITU-T H.264, table 7-1
_START = b"\x00\x00\x01"
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128})  # whose SPS tells chroma and depth
_PLAIN_PROFILES = frozenset(
    {66, 77, 88}
)  # of all others the avcC ends in chroma and depth; ISO 14496-15, 5.3.3.1


class _Bits:
    """The bits of a NAL unit, without its emulation prevention. Source: ITU-T H.264, 7.3.1 and 9.1."""

    def __init__(self, nal: bytes) -> None:
        data = nal[1:].replace(b"\x00\x00\x03", b"\x00\x00")
        self._value, self._left = int.from_bytes(data, "big"), len(data) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise BadInput("a parameter set of the movie is cut short", code="undecodable")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def number(self) -> int:
        """Give an Exp-Golomb number."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        number = self.number()
        return (number + 1) // 2 if number % 2 else -(number // 2)


@dataclass(frozen=True, slots=True)
class Sequence264:
    """What a sequence parameter set says. chroma: 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4. depth: bits of luma."""

    number: int
    profile: int
    level: int
    chroma: int
    depth: int
    references: int
    is_progressive: bool


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """SPS and PPS as NAL units. length_bytes: of the length before each NAL unit in a packet; 0 is Annex B."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    length_bytes: int

    @property
    def numbers(self) -> frozenset[int]:
        """Give the numbers that an SPS or a PPS has taken."""
        return frozenset([read_sps(sps).number for sps in self.sps] + [_pps_number(pps) for pps in self.pps])

    @property
    def extradata(self) -> bytes:
        """Write them as a movie's header keeps them: an avcC, or Annex B where packets are Annex B."""
        if not self.length_bytes:
            return b"".join(b"\x00" + _START + nal for nal in (*self.sps, *self.pps))
        level = max(sps[3] for sps in self.sps)
        head = bytes([1, *self.sps[0][1:3], level, 0xFC | (self.length_bytes - 1)])
        listed = bytes([0xE0 | len(self.sps)]) + _sized(self.sps) + bytes([len(self.pps)]) + _sized(self.pps)
        return head + listed + self._extension()

    def _extension(self) -> bytes:
        first = read_sps(self.sps[0])
        if first.profile in _PLAIN_PROFILES:
            return b""
        return bytes([0xFC | first.chroma, 0xF8 | (first.depth - 8), 0xF8 | (first.depth - 8), 0])

    def merged(self, other: "ParameterSets") -> "ParameterSets":
        """Give both; the same set only once. Raises BadInput when two different sets have the same number."""
        sps = self.sps + tuple(nal for nal in other.sps if nal not in self.sps)
        pps = self.pps + tuple(nal for nal in other.pps if nal not in self.pps)
        if len({read_sps(nal).number for nal in sps}) < len(sps) or len(set(map(_pps_number, pps))) < len(
            pps
        ):
            raise BadInput("the segments' parameter sets contradict one another", code="segments_differ")
        return ParameterSets(sps, pps, self.length_bytes)

    def frame(self, packet: bytes) -> bytes:
        """Write an Annex B packet as the movie's own packets are written."""
        if not self.length_bytes:
            return packet
        return b"".join(len(nal).to_bytes(self.length_bytes, "big") + nal for nal in _annexb(packet))

    def nals(self, packet: bytes) -> Iterator[bytes]:
        """Give the NAL units of one of the movie's packets."""
        return nals(packet, self.length_bytes)


def nals(packet: bytes, length_bytes: int) -> Iterator[bytes]:
    """Give a packet's NAL units; length_bytes: of the length before each, 0 for Annex B."""
    if not length_bytes:
        yield from _annexb(packet)
        return
    place = 0
    while place + length_bytes <= len(packet):
        size = int.from_bytes(packet[place : place + length_bytes], "big")
        place += length_bytes
        yield packet[place : place + size]
        place += size


def read_parameter_sets(extradata: bytes) -> ParameterSets:
    """Read an avcC, or Annex B. Raises BadInput when there is no whole SPS and PPS in it."""
    if extradata[:1] == b"\x01":
        units, length_bytes = list(_avcc_nals(extradata)), (extradata[4:5] or b"\x00")[0] % 4 + 1
    else:
        units, length_bytes = list(_annexb(extradata)), 0
    sps = tuple(dict.fromkeys(nal for nal in units if nal and nal[0] & 31 == SPS))
    pps = tuple(dict.fromkeys(nal for nal in units if nal and nal[0] & 31 == PPS))
    if not sps or not pps or min(map(len, sps)) < 5 or min(map(len, pps)) < 2:
        raise BadInput("the movie's header holds no parameter sets", code="undecodable")
    return ParameterSets(sps, pps, length_bytes)


def read_sps(sps: bytes) -> Sequence264:
    """Read a sequence parameter set. Source: ITU-T H.264, 7.3.2.1.1. Raises BadInput when it is cut short."""
    bits = _Bits(sps)
    profile, _, level = bits.take(8), bits.take(8), bits.take(8)
    number = bits.number()
    chroma, depth = _chroma_and_depth(bits) if profile in _HIGH_PROFILES else (1, 8)
    bits.number()  # log2_max_frame_num
    _skip_picture_order(bits)
    references = bits.number()
    bits.take(1)  # gaps_in_frame_num
    bits.number()  # width
    bits.number()  # height
    return Sequence264(number, profile, level, chroma, depth, references, bool(bits.take(1)))


def _chroma_and_depth(bits: _Bits) -> tuple[int, int]:
    chroma = bits.number()
    if chroma == 3:
        bits.take(1)
    depth = 8 + bits.number()
    bits.number()  # of chroma
    bits.take(1)
    if bits.take(1):
        for place in range(12 if chroma == 3 else 8):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if place < 6 else 64)
    return chroma, depth


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_picture_order(bits: _Bits) -> None:
    kind = bits.number()
    if kind == 0:
        bits.number()
    elif kind == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.number()):
            bits.signed()


def _pps_number(pps: bytes) -> int:
    return _Bits(pps).number()


def _sized(nals: Sequence[bytes]) -> bytes:
    return b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def _avcc_nals(avcc: bytes) -> Iterator[bytes]:
    place = 5
    for mask in (31, 255):
        count = (avcc[place : place + 1] or b"\x00")[0] & mask
        place += 1
        for _ in range(count):
            size = int.from_bytes(avcc[place : place + 2], "big")
            yield avcc[place + 2 : place + 2 + size]
            place += 2 + size


def _annexb(data: bytes) -> Iterator[bytes]:
    place = data.find(_START)
    while place >= 0:
        following = data.find(_START, place + 3)
        nal = data[place + 3 : following if following >= 0 else None]
        yield nal.rstrip(b"\x00")  # trailing zeros, or the fourth byte of the next start code
        place = following
