"""Look into movies: `probe` says what one is, `luma_frames` decodes it, `Frames` gives any frames of it."""

from pipelines.video.decode import luma_frames as luma_frames
from pipelines.video.frames import Frames as Frames
from pipelines.video.frames import Picture as Picture
from pipelines.video.index import Index as Index
from pipelines.video.index import read_index as read_index
from pipelines.video.probe import Probe as Probe
from pipelines.video.probe import probe as probe
