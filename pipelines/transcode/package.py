"""Write a rung's pictures and the sound into one MP4: with its index in front, or in fragments that begin with keyframes."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import av
import av.container
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.stream import VideoStream

from pipelines.transcode.chunk import Tick
from pipelines.transcode.coded import Coded
from pipelines.transcode.schedule import Clock
from pipelines.video.join import Track, fill

_FLAGS = {
    False: "+faststart",
    # frag_discont keeps the times of a track that begins late; without it every track begins at 0.
    True: "+frag_keyframe+empty_moov+default_base_moof+frag_discont",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file. keys: the frames with which fragments begin."""

    size_bytes: int
    frames: int
    keys: tuple[int, ...]
    codec: str


class _Pictures:
    """Times the packets of a rung, and notes which were keyframes."""

    def __init__(self, coded: Coded, clock: Clock, *, is_fragmented: bool, tick: Tick | None) -> None:
        self._coded = coded
        self._clock = clock
        self._is_fragmented = is_fragmented
        self._tick = tick
        self.frames = 0
        self.keys: list[int] = []

    def packets(self) -> Iterator["Packet[VideoStream]"]:
        for number, packet in self._coded.packets:
            if packet.is_keyframe:
                self.keys.append(number)
            packet.time_base = self._clock.time_base
            packet.pts, packet.dts = int(self._clock.ticks[number]), self._decode_time(self.frames)
            self.frames += 1
            packet.duration = self._duration(number, packet.dts)
            yield packet
            if self._tick is not None:
                self._tick(self.frames, len(self._clock.ticks), "writing")

    def _duration(self, number: int, dts: int) -> int:
        """Give how long a frame stays; fragments add up decode times, so there the last reaches to the end."""
        is_last = self.frames == len(self._clock.ticks)
        return self._clock.end - dts if self._is_fragmented and is_last else self._clock.span(number)

    def _decode_time(self, place: int) -> int:
        """Give when the packet in this place is decoded: with the frame shown `delay` places before it.

        The first have none before them. A plain MP4 counts below 0, and its edit list says so; in fragments there is
        no edit list, so there they follow each other by one tick.
        """
        delay = self._coded.delay
        if self._is_fragmented:
            return max(place, int(self._clock.ticks[max(0, place - delay)]))
        if place < delay:
            return (place - delay) * self._clock.span(0)
        return int(self._clock.ticks[place - delay])


def write_rung(
    path: Path, coded: Coded, clock: Clock, sound: Path | None, *, is_fragmented: bool, tick: Tick | None
) -> Written:
    """Write a movie whose first picture is shown at 0. Raises BadInput (code cannot_hold)."""
    options = {"movflags": _FLAGS[is_fragmented], "video_track_timescale": str(clock.scale)}
    options |= {"movie_timescale": str(max(1000, clock.scale))}  # an edit list is in these
    pictures = _Pictures(coded, clock, is_fragmented=is_fragmented, tick=tick)
    tracks = [Track(coded.template, pictures.packets())]
    with ExitStack() as stack:
        if sound is not None:
            heard = stack.enter_context(av.open(str(sound)))
            sounds = _sounds(heard, heard.streams.audio[0], is_fragmented=is_fragmented)
            tracks.append(Track(heard.streams.audio[0], sounds))
        fill(stack.enter_context(av.open(path, "w", format="mp4", container_options=options)), tracks)
    return Written(path.stat().st_size, pictures.frames, tuple(pictures.keys), coded.codec)


def _sounds(
    heard: av.container.InputContainer, stream: AudioStream, *, is_fragmented: bool
) -> Iterator["Packet[AudioStream]"]:
    """Give the sound's packets. What lies before the first picture would need an edit list: fragments have none."""
    for packet in heard.demux(stream):
        if packet.size and not (is_fragmented and (packet.pts or 0) < 0):
            yield packet
