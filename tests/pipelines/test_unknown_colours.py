"""A matrix that FFmpeg cannot convert from (H.273: YCgCo, constant BT.2020) does not keep a picture from being seen."""

import av
import numpy as np
import pytest

from pipelines.rotate import rotate
from pipelines.stills import thumbnail
from pipelines.track import track_movie
from pipelines.video.frames import Frames

YCGCO, CONSTANT_BT2020 = 8, 10


@pytest.fixture(params=[YCGCO, CONSTANT_BT2020])
def grey(request, tmp_path):
    """Give a movie of three grey pictures of brightness 120, coded with that matrix."""
    path = tmp_path / "grey.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.colorspace = request.param
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((72, 64), 128, np.uint8), "yuv420p")
            frame.colorspace = request.param
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_frame_of_an_unknown_matrix_comes(grey):
    with Frames(grey) as frames:
        (picture,) = frames.pictures([1])
        shown = picture.bgr()

    assert picture.frame.colorspace in {YCGCO, CONSTANT_BT2020}
    assert (shown == 130).all()  # limited range: (128 - 16) * 255 / 219


def test_a_thumbnail_of_an_unknown_matrix_is_made(grey, tmp_path):
    made = thumbnail(grey, tmp_path, width=32)

    assert made.files == (("thumbnail.jpg", "image/jpeg"),)


def test_a_point_is_followed_and_drawn_on_pictures_of_an_unknown_matrix(grey, tmp_path):
    summary = track_movie(grey, [("dot", 20.0, 20.0)], tmp_path)

    assert summary.frames == 3


def test_pictures_of_an_unknown_matrix_are_turned(grey, tmp_path):
    made = rotate(grey, tmp_path, rotation=90, method="pixels")

    with Frames(tmp_path / made.file) as frames:
        assert (frames.index.width, frames.index.height, frames.index.frames) == (48, 64, 3)
