"""A movie encoded in chunks, by whoever, is the movie encoded in one go: nothing is dropped at a join."""

from fractions import Fraction

import av
import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.transcode import Chunk, Settings, encode_chunk, join_chunks, plan_chunks, transcode
from pipelines.video.index import read_index

OPEN_GOPS = {"qp": "0", "g": "10", "bf": "3", "x264-params": "open-gop=1:scenecut=0:b-adapt=0"}
CLOSED_GOPS = {"qp": "0", "g": "10", "bf": "2", "sc_threshold": "0"}


def grey(number: int) -> np.ndarray:
    return np.full((48, 64, 3), 20 + 5 * (number % 40), np.uint8)


def shown(path) -> list[tuple[Fraction, int]]:
    """Give every frame's time, and the number that its grey tells."""
    with av.open(str(path)) as container:
        return [
            (frame.pts * frame.time_base, round((frame.to_ndarray(format="rgb24").mean() - 20) / 5))
            for frame in container.decode(video=0)
        ]


def in_chunks(path, folder, settings, count):
    """Encode every chunk by itself, join them; give the chunks and what was made."""
    chunks = plan_chunks(read_index(path), chunks=count)
    pieces: dict[str, list] = {}
    for number, chunk in enumerate(chunks):
        part = folder / f"part-{number}"
        part.mkdir(parents=True)
        for name, piece in encode_chunk(path, chunk, part, settings).items():
            pieces.setdefault(name, []).append(piece)
    return chunks, join_chunks(pieces, chunks, path, folder, settings)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("closed.mp4", CLOSED_GOPS),
        ("open.mp4", OPEN_GOPS),
        ("open.mkv", OPEN_GOPS),
        ("closed.ts", CLOSED_GOPS),
        ("closed.avi", {"qp": "0", "g": "10", "bf": "0", "sc_threshold": "0"}),
    ],
)
@pytest.mark.parametrize("packaging", ["mp4", "fmp4"])
def test_joined_chunks_show_what_the_whole_shows(name, options, packaging, tmp_path, write_movie):
    path = write_movie([grey(i) for i in range(75)], name=name, options=options)
    settings = Settings(heights=(32, 48), packaging=packaging, poster=False, preset="veryfast", crf=12)
    (tmp_path / "whole").mkdir()

    whole = transcode(path, tmp_path / "whole", settings)
    chunks, joined = in_chunks(path, tmp_path / "joined", settings, 4)

    assert len(chunks) == 4
    assert joined.files == whole.files
    assert [(rung.frames, rung.codec) for rung in joined.rungs] == [
        (rung.frames, rung.codec) for rung in whole.rungs
    ]
    for file, _ in joined.files:
        assert shown(tmp_path / "joined" / file) == shown(tmp_path / "whole" / file)
        assert [number for _, number in shown(tmp_path / "joined" / file)] == [i % 40 for i in range(75)]


@pytest.mark.parametrize("name", ["open.mp4", "open.mkv"])
def test_pictures_shown_before_the_keyframe_they_follow_belong_to_the_chunk_before(
    name, tmp_path, write_movie
):
    params = "open-gop=1:keyint=12:min-keyint=12:scenecut=0:bframes=4:b-adapt=0:lossless=1:log-level=error"
    path = write_movie(
        [grey(i) for i in range(60)], name=name, codec="libx265", options={"x265-params": params}
    )

    chunks, _ = in_chunks(path, tmp_path / "joined", Settings(heights=(48,), poster=False, crf=12), 4)

    assert len(chunks) == 4
    assert [number for _, number in shown(tmp_path / "joined" / "48p.mp4")] == [i % 40 for i in range(60)]


def test_a_variable_rate_goes_on_over_the_joins(tmp_path, write_movie):
    rng = np.random.default_rng(5)
    pts = np.cumsum(rng.integers(1, 9, 60)).tolist()
    path = write_movie([grey(i) for i in range(60)], options=CLOSED_GOPS, pts=pts, rate=Fraction(50))

    in_chunks(path, tmp_path / "joined", Settings(heights=(48,), poster=False), 5)

    assert [time for time, _ in shown(tmp_path / "joined" / "48p.mp4")] == [
        Fraction(tick - pts[0], 50) for tick in pts
    ]


def test_segments_of_joined_chunks_begin_where_those_of_the_whole_do(tmp_path, write_movie):
    path = write_movie([grey(i) for i in range(90)], options=CLOSED_GOPS)
    settings = Settings(heights=(32, 48), packaging="hls", poster=False, gop_seconds=1.0)
    (tmp_path / "whole").mkdir()

    transcode(path, tmp_path / "whole", settings)
    in_chunks(path, tmp_path / "joined", settings, 4)

    def lengths(file) -> list[str]:
        return [line for line in file.read_text().splitlines() if line.startswith("#EXTINF")]

    assert lengths(tmp_path / "joined" / "48p.m3u8") == ["#EXTINF:1.000000,"] * 3 + ["#EXTINF:0.600000,"]
    for name in ("32p.m3u8", "48p.m3u8"):
        assert lengths(tmp_path / "joined" / name) == lengths(tmp_path / "whole" / name)


def test_chunks_begin_at_the_sources_keyframes_and_cover_it(write_movie):
    index = read_index(write_movie([grey(i) for i in range(75)], options=CLOSED_GOPS))

    assert plan_chunks(index, chunks=1) == [Chunk(0, 75)]
    assert plan_chunks(index, chunks=3) == [Chunk(0, 30), Chunk(30, 50), Chunk(50, 75)]
    assert plan_chunks(index, seconds=1.0) == [Chunk(0, 30), Chunk(30, 50), Chunk(50, 75)]
    assert plan_chunks(index, chunks=100) == [
        Chunk(0, 10),
        Chunk(10, 20),
        Chunk(20, 30),
        Chunk(30, 40),
        Chunk(40, 50),
        Chunk(50, 60),
        Chunk(60, 70),
        Chunk(70, 75),
    ]


@pytest.mark.parametrize(
    "wish", [{}, {"chunks": 0}, {"chunks": 10**9}, {"seconds": 0.0}, {"seconds": 1.0, "chunks": 2}]
)
def test_chunks_that_cannot_be_are_refused(wish, write_movie):
    index = read_index(write_movie([grey(0)] * 3))

    with pytest.raises(BadInput) as refusal:
        plan_chunks(index, **wish)

    assert refusal.value.code == "bad_chunks"


def test_a_missing_or_foreign_piece_is_refused(tmp_path, write_movie):
    path = write_movie([grey(i) for i in range(40)], options=CLOSED_GOPS)
    settings = Settings(heights=(48,), poster=False)
    first, second = plan_chunks(read_index(path), chunks=2)
    pieces = []
    for chunk, crf in ((first, 23), (second, 23), (Chunk(20, 30), 23)):
        part = tmp_path / f"{chunk.start}-{chunk.end}"
        part.mkdir()
        pieces.append(encode_chunk(path, chunk, part, Settings(heights=(48,), crf=crf))["48p"])

    def refusal(paths) -> str:
        with pytest.raises(BadInput) as caught:
            join_chunks({"48p": paths}, [first, second], path, tmp_path, settings)
        assert caught.value.code == "bad_piece"
        return caught.value.message

    assert refusal(pieces[:1]) == "2 chunks make no movie of 1 pieces"
    assert refusal([pieces[0], pieces[2]]) == "the piece 48p.piece.mp4 lacks frame 30"
    assert not (tmp_path / "48p.mp4").exists()


def test_pieces_of_copied_sizes_are_not_needed(tmp_path, write_movie):
    path = write_movie([grey(i) for i in range(40)], options={"g": "10"})
    settings = Settings(heights=(48,), poster=False)

    chunks, joined = in_chunks(path, tmp_path / "joined", settings, 2)

    assert len(chunks) == 2
    assert [(rung.method, rung.frames) for rung in joined.rungs] == [("copied", 40)]
