"""An index tells where packets lie and when frames are shown; both ways to read it agree."""

import io
import random

import av
import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.source import open_ranges
from pipelines.video.boxes import NotPlain
from pipelines.video.index import decode_index, encode_index, read_index
from pipelines.video.index_demux import index_demux
from pipelines.video.index_mp4 import index_mp4
from pipelines.video.turn import Turn

COLUMNS = ("offset", "size", "pts", "dts", "is_key", "is_hidden", "order")
FACTS = (
    "codec",
    "container",
    "width",
    "height",
    "turn",
    "time_base",
    "extradata",
    "last_ticks",
    "promised",
    "tag",
)
PLAIN = (
    "pyramid.mp4",
    "pyramid.mov",
    "opengop.mp4",
    "refresh.mp4",
    "uneven.mp4",
    "late.mp4",
    "early.mp4",
    "hevc.mp4",
    "cra.mp4",
    "vp9.mp4",
    "mpeg4.mp4",
    "prores.mov",
)


def from_moov(path):
    with open_ranges(path) as ranges:
        return index_mp4(ranges, 1000)


def from_packets(path):
    return index_demux(path, pixels_limit=1 << 20, frames_limit=1000)


@pytest.mark.parametrize("name", PLAIN)
def test_the_moov_and_the_packets_tell_the_same(name, made):
    told, seen = from_moov(made(name)), from_packets(made(name))

    assert {fact: getattr(told, fact) for fact in FACTS} == {fact: getattr(seen, fact) for fact in FACTS}
    for column in COLUMNS:
        assert getattr(told, column).tolist() == getattr(seen, column).tolist(), column


@pytest.mark.parametrize("turn", [Turn(90), Turn(180, mirrored=True), Turn(270, mirrored=True)])
def test_turns_are_read_from_the_track(turn, write_scene):
    path = write_scene("turned.mov", turn=turn)

    assert from_moov(path).turn == from_packets(path).turn == turn


@pytest.mark.parametrize("shift", [1, 10, 13])
def test_frames_before_an_edit_begins_are_hidden(shift, made, tmp_path):
    path = tmp_path / "edited.mp4"
    with av.open(made("pyramid.mp4")) as source, av.open(path, "w", options={"use_editlist": "1"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.pts -= shift * 512
                packet.dts -= shift * 512
                packet.stream = stream
                target.mux(packet)

    told, seen = from_moov(path), from_packets(path)

    assert told.frames == seen.frames == 48 - shift
    assert told.offset[told.order].tolist() == seen.offset[seen.order].tolist()
    assert told.shown_pts.tolist() == seen.shown_pts.tolist()
    assert told.promised == told.frames


def test_fragments_are_left_to_the_demuxer(made):
    with pytest.raises(NotPlain):
        from_moov(made("fragments.mp4"))

    assert read_index(made("fragments.mp4")).is_direct


def test_the_bytes_at_an_offset_are_the_packets(made):
    path = made("pyramid.mkv")
    index, data = read_index(path), path.read_bytes()

    with av.open(path) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]

    assert [data[a : a + n] for a, n in zip(index.offset, index.size, strict=True)] == packets


def test_a_moov_costs_few_reads(made):
    class Counting(io.BytesIO):
        reads = 0

        def read_range(self, start: int, length: int) -> bytes:
            self.reads += 1
            return self.getvalue()[start : start + length]

    reader = Counting(made("pyramid.mp4").read_bytes())

    index = read_index(reader)

    assert index.frames == 48
    assert reader.reads <= 2


def test_an_index_goes_through_a_blob_unchanged(name, made):
    index = read_index(made(name))

    again = decode_index(encode_index(index))

    assert encode_index(again) == encode_index(index)
    assert (again.access, again.turn, again.time_base, again.extradata) == (
        index.access,
        index.turn,
        index.time_base,
        index.extradata,
    )
    assert all(np.array_equal(getattr(again, column), getattr(index, column)) for column in COLUMNS)


def test_a_damaged_blob_is_refused_and_does_no_harm(made):
    blob = bytearray(encode_index(read_index(made("pyramid.mp4"))))
    chance = random.Random(5)

    for _ in range(200):
        data = bytearray(blob[: chance.randrange(len(blob))])
        with pytest.raises(BadInput) as refusal:
            decode_index(bytes(data))
        assert refusal.value.code == "unknown_index"


def test_frames_are_found_by_time(made):
    index = read_index(made("uneven.mp4"))

    found = [index.frame_at(seconds) for seconds in (-1, 0, 2.9 / 600, 3 / 600, 4 / 600, 10.4 / 600, 99)]

    assert found == [0, 0, 0, 1, 2, 2, 47]


def test_a_leading_picture_belongs_to_the_gop_before(made):
    index = read_index(made("opengop.mp4"))
    key = int(index.keys[1])

    leading = [n for n in range(48) if index.order[n] > key and index.pts[index.order[n]] < index.pts[key]]

    assert leading
    assert {index.keyframe_before(number) for number in leading[:3]} == {0}


def test_a_file_cut_short_holds_fewer_frames_than_it_promises(write_scene):
    path = write_scene(options={"bf": "0"}, muxer={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])

    told, seen = from_moov(path), from_packets(path)

    assert told.promised == seen.promised == 48
    assert 20 < told.frames < 40
    assert told.frames == seen.frames


def test_limits_are_the_callers(made):
    with pytest.raises(BadInput) as too_large:
        read_index(made("pyramid.mp4"), pixels_limit=96 * 64 - 1)
    with pytest.raises(BadInput) as too_long:
        read_index(made("pyramid.mp4"), frames_limit=47)

    assert (too_large.value.code, too_long.value.code) == ("too_many_pixels", "too_many_frames")
