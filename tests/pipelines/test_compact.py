"""What a compact job does, without a job: tombstones go, and nothing else."""

from pipelines.tiles import Manifest, compact, fold
from pipelines.tiles.kept import Changed, Kept
from pipelines.tiles.parse import parse_rows


def folded(*uploads):
    manifest, shelf = Manifest(), Kept([], [], load=lambda key, decode: decode(b""))
    for number, rows in enumerate(uploads, 1):
        change = fold(manifest, shelf, parse_rows(rows, ["a"]).channels["a"].stamped(number))
        manifest, shelf = change.manifest, Changed(change, shelf)
    return manifest, shelf


def test_what_was_deleted_is_let_go_once_nothing_older_may_come():
    manifest, shelf = folded(b"[[0,1],[1,2]]", b"[[0,false]]")

    early, late = compact(manifest, shelf, before=2), compact(manifest, shelf, before=3)

    assert [chunk.entries for chunk in early.manifest.chunks.values()] == [2]
    assert early.chunks == {}, "what stays as it is need not be written"
    assert [chunk.entries for chunk in late.manifest.chunks.values()] == [1]
    assert [samples.v.tolist() for samples in late.chunks.values()] == [[2.0]]
