"""Look into movies: `probe` says what one is, `luma_frames` decodes it."""

from pipelines.video.decode import luma_frames as luma_frames
from pipelines.video.probe import Probe as Probe
from pipelines.video.probe import probe as probe
