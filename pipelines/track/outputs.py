"""What a track leaves behind: tables and pictures, each made beside the others while frames come."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from pipelines.line import DEPTH, Line
from pipelines.track.archive import NAME, open_archive
from pipelines.track.canvas import Shot
from pipelines.track.columns import Row
from pipelines.track.flow import analysis_size
from pipelines.track.points import Size
from pipelines.track.table import CsvTable, ParquetTable, open_csv, open_parquet
from pipelines.track.traced import Film, Kept, Step, TracedMovie, open_traced

Output = Literal["csv", "parquet", "xlsx", "movie", "zip", "analysis", "plot"]
NAMES: dict[Output, str] = {
    "csv": "track.csv",
    "parquet": "track.parquet",
    "xlsx": "track.xlsx",
    "movie": "traced.mp4",
    "zip": NAME,
    "analysis": "analysis.json",
    "plot": "plot.png",
}
_HELD_PIXELS = 1 << 25  # of decoded pictures that wait for a line: four of 3840 x 2160


class Outputs:
    """All outputs of one track. Tables take rows at once; each kind of picture is made on a line of its own."""

    def __init__(
        self,
        tables: Sequence[CsvTable | ParquetTable],
        movie: TracedMovie | None,
        drawing: Line[Step] | None,
        archiving: Line[Shot] | None,
    ) -> None:
        self.movie = movie
        self._tables = tables
        self._drawing = drawing
        self._archiving = archiving

    def write(self, row: Row) -> None:
        """Append a row to the tables."""
        for table in self._tables:
            table.add(row)

    def draw(self, row: Row, shot: Shot | None) -> None:
        """Append a frame to the traced movie; shot: None for one that is copied."""
        if self._drawing is not None:
            self._drawing.add((row, shot))

    def archive(self, shot: Shot) -> None:
        """Append a frame to the archive."""
        if self._archiving is not None:
            self._archiving.add(shot)


@contextmanager
def open_outputs(
    folder: Path, asked: Collection[Output], film: Film, kept: Kept | None, *, is_stabilised: bool
) -> Iterator[Outputs]:
    """Open what is asked for; the files are whole once the block is left without an error."""
    scene, paths = film.scene, {output: folder / name for output, name in NAMES.items()}
    depth = depth_of(scene.size)
    with ExitStack() as stack:
        tables: list[CsvTable | ParquetTable] = []
        movie, drawing, archiving = None, None, None
        if "csv" in asked:
            tables.append(stack.enter_context(open_csv(paths["csv"], scene.labels, stabilised=is_stabilised)))
        if "parquet" in asked:
            parquet = open_parquet(paths["parquet"], scene.labels, stabilised=is_stabilised)
            tables.append(stack.enter_context(parquet))
        if "movie" in asked:
            movie = stack.enter_context(open_traced(paths["movie"], film, kept))
            drawing = stack.enter_context(Line(movie.add, depth))
        if "zip" in asked:
            archive = stack.enter_context(
                open_archive(
                    paths["zip"],
                    analysis_size(scene.size),
                    matrix=scene.matrix,
                    comment=film.drawing.comment,
                )
            )
            archiving = stack.enter_context(Line(archive.add, depth))
        yield Outputs(tables, movie, drawing, archiving)


def depth_of(size: Size) -> int:
    """Give how many decoded pictures may wait for a line."""
    return max(1, min(DEPTH, _HELD_PIXELS // (size[0] * size[1])))
