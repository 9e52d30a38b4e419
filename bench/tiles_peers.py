"""The coarse tile that a user gets from DuckDB or Polars over one Parquet file of the same samples."""

import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.rows import Missing
from pipelines.tiles import Samples

try:
    import duckdb
    import polars as pl
except ImportError as error:
    raise Missing(f"{error.name} is not installed: pip install 'darkroom[bench]'") from error


def write_parquet(samples: Samples, path: Path) -> None:
    """Write samples as one sorted file, as each of the two reads best."""
    pq.write_table(pa.table({"t": samples.t, "v": samples.v}), path, compression="zstd")


def duckdb_tile(path: Path, level: int, offset: int) -> list[tuple[float, float, float, int]]:
    """Give (mean time, mean, stddev, count) of each bin of a tile."""
    width = 2.0**level
    rows: list[tuple[float, float, float, int]] = duckdb.execute(
        "select avg(t), avg(v), stddev_pop(v), count(*) from read_parquet(?)"
        " where t >= ? and t < ? group by floor(t / ?) order by 1",
        [str(path), offset * 512 * width, (offset + 1) * 512 * width, width],
    ).fetchall()
    return rows


def polars_tile(path: Path, level: int, offset: int) -> list[tuple[float, float, float, int]]:
    """Give (mean time, mean, stddev, count) of each bin of a tile."""
    width = 2.0**level
    t, v = pl.col("t"), pl.col("v")
    inside = pl.scan_parquet(path).filter((t >= offset * 512 * width) & (t < (offset + 1) * 512 * width))
    bins = inside.group_by((t / width).floor().alias("bin")).agg(
        t.mean(), v.mean(), v.std(ddof=0).alias("sd"), pl.len().alias("n")
    )
    rows: list[tuple[float, float, float, int]] = bins.sort("bin").drop("bin").collect().rows()
    return rows


def seconds(work: Callable[[], object]) -> float:
    """Give the wall seconds of one run."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
