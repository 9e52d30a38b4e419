"""The actor of `track`: follows the points of a movie and keeps the table and the traced movie."""

CONTENT_TYPES = {
    "track.csv": "text/csv; charset=utf-8",
    "track.parquet": "application/vnd.apache.parquet",
    "traced.mp4": "video/mp4",
}
