"""Pictures that were decoded lately, up to a number of bytes."""

from collections import OrderedDict

from av.video.frame import VideoFrame


class Recent:
    """Frames by number; the one that was not asked for the longest goes first."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held = 0
        self._frames: OrderedDict[int, VideoFrame] = OrderedDict()

    def __contains__(self, number: int) -> bool:
        return number in self._frames

    def get(self, number: int) -> VideoFrame:
        self._frames.move_to_end(number)
        return self._frames[number]

    def put(self, number: int, frame: VideoFrame) -> None:
        """Keep a frame, and let go of as many old ones as it needs."""
        if number in self._frames:
            return
        self._frames[number] = frame
        self._held += bytes_of(frame)
        while self._held > self._limit:
            _, old = self._frames.popitem(last=False)
            self._held -= bytes_of(old)

    def clear(self) -> None:
        self._frames.clear()
        self._held = 0


def bytes_of(frame: VideoFrame) -> int:
    """Count the bytes of a frame's planes."""
    return sum(plane.buffer_size for plane in frame.planes)
