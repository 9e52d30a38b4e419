"""Tell which frames of a movie are in a clip, by their pictures."""

import av
import numpy as np


def pictures(path) -> list[np.ndarray]:
    """Give the luma of all frames as stored, in the order shown."""
    with av.open(path) as container:
        return [_luma(frame) for frame in container.decode(video=0)]


def numbers(path, source) -> list[int]:
    """Give for each frame of a clip the most similar frame of the movie it is cut from."""
    originals = np.stack(pictures(source)).astype(np.int16)
    return [int(np.abs(originals - picture).mean(axis=(1, 2)).argmin()) for picture in pictures(path)]


def identical(path, source, first) -> list[bool]:
    """Tell of each frame of a clip that begins at frame `first` whether it is the movie's, bit by bit."""
    originals = pictures(source)[first:]
    return [np.array_equal(*pair) for pair in zip(pictures(path), originals, strict=False)]


def psnr(path, source, first) -> float:
    """Give the worst likeness of a clip's frames and the movie's, in dB."""
    pairs = zip(pictures(path), pictures(source)[first:], strict=False)
    worst = max(float(np.mean((a.astype(float) - b) ** 2)) for a, b in pairs)
    return 10 * np.log10(255**2 / max(worst, 1e-9))


def seconds(path) -> list[float]:
    """Give when each frame is shown."""
    with av.open(path) as container:
        return [round(float(frame.pts * frame.time_base), 4) for frame in container.decode(video=0)]


def packets(path) -> list[bytes]:
    """Give the packets of the picture track, in decode order."""
    with av.open(path) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def _luma(frame) -> np.ndarray:
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width].copy()
