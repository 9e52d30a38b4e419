"""What an experiment wants to know of a track: `analyse` tells it, the writers put it into files."""

from pipelines.track.analysis.analyse import analyse as analyse
from pipelines.track.analysis.result import Analysis as Analysis
from pipelines.track.analysis.result import Smoothing as Smoothing
