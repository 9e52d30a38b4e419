"""What an aggregate job does, without a job: uploads are read, folded into a channel, and read back as tiles."""

from pipelines.tiles import Channel, Manifest, encode_chunk, encode_texts, fold, read_tile
from pipelines.tiles.kept import Changed, Kept, joined, manifest_of, with_tail
from pipelines.tiles.parse import parse_rows


def said(rows, number):
    return parse_rows(rows, ["a"]).channels["a"].stamped(number)


def test_a_tail_reads_as_if_it_were_folded_in():
    shelf = Kept([], [], load=lambda key, decode: decode(b""))
    first, second = said(b"[[0,1],[1,2]]", 1), said(b"[[2,3]]", 2)
    folded = fold(Manifest(), shelf, joined([first, second]))

    manifest, lying = with_tail(Manifest(), shelf, [first, second])

    assert manifest == folded.manifest
    there = read_tile(0, 0, Channel(folded.manifest, Changed(folded, shelf))).rows
    assert (
        read_tile(0, 0, Channel(manifest, lying)).rows.mean.tolist()
        == there.mean.tolist()
        == [1, 2, 3, -1e308]
    )


def test_uploads_say_the_same_in_whatever_order_they_are_joined():
    first, second = said(b'[[0,1],[1,2],[2,"x"]]', 1), said(b'[[1,false],[2,"y"]]', 2)

    one, other = joined([first, second]), joined([second, first])

    assert encode_chunk(one.samples) == encode_chunk(other.samples)
    assert encode_texts(one.texts) == encode_texts(other.texts)


def test_no_rows_are_an_empty_channel():
    assert manifest_of([], []) == Manifest()
