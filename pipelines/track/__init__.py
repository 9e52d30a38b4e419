"""Follow points through a movie: `follow` gives them frame by frame, `track_movie` writes tables and pictures."""

from pipelines.track.archive import ArchiveSummary as ArchiveSummary
from pipelines.track.archiving import write_archive as write_archive
from pipelines.track.drawing import Drawing as Drawing
from pipelines.track.movie import track_movie as track_movie
from pipelines.track.points import Correction as Correction
from pipelines.track.points import Point as Point
from pipelines.track.status import Status as Status
from pipelines.track.summary import Summary as Summary
from pipelines.track.tracker import FrameTrack as FrameTrack
from pipelines.track.tracker import follow as follow
