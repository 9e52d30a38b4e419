"""What an experiment wants to know of a track: `analyse` tells it, the writers put it into files."""

from pipelines.track.analysis.analyse import analyse as analyse
from pipelines.track.analysis.files import write_analysis_csv as write_analysis_csv
from pipelines.track.analysis.files import write_analysis_json as write_analysis_json
from pipelines.track.analysis.files import write_plot as write_plot
from pipelines.track.analysis.result import Analysis as Analysis
from pipelines.track.analysis.result import Smoothing as Smoothing
from pipelines.track.analysis.workbook import write_workbook as write_workbook
