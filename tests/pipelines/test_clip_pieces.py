"""Long clips in pieces: together they are what one worker makes."""

import av
import pytest

from pipelines.clip import Range, cut, cut_piece, join_pieces, plan_pieces
from pipelines.errors import BadInput
from pipelines.video.index import read_index
from tests.pipelines.clip_movies import numbers, seconds

GROUPS = {"preset": "veryfast", "x264-params": "keyint=12:min-keyint=12:scenecut=0"}
RANGES = [Range(17, 55), Range(2, 10)]


@pytest.fixture
def movie(write_movie, noise):
    """Give 60 frames in groups of 12."""
    return write_movie(noise(60), options=GROUPS)


def _bounds(pieces):
    return [[(s.range, s.start, s.end) for s in piece.stretches] for piece in pieces]


def test_pieces_begin_at_keyframes_and_share_the_frames_out(movie):
    pieces = plan_pieces(read_index(movie), RANGES, 3)

    assert _bounds(pieces) == [[(0, 17, 36)], [(0, 36, 48)], [(0, 48, 55), (1, 2, 10)]]


def test_a_group_longer_than_a_piece_is_split(write_movie, noise):
    movie = write_movie(noise(40), options={"preset": "veryfast", "x264-params": "keyint=99:scenecut=0"})

    pieces = plan_pieces(read_index(movie), [Range(0, 40)], 4)

    assert _bounds(pieces) == [[(0, 0, 10)], [(0, 10, 20)], [(0, 20, 30)], [(0, 30, 40)]]


@pytest.mark.parametrize("joined", [False, True])
def test_joined_pieces_are_the_whole_clip(movie, tmp_path, joined):
    index = read_index(movie)
    (tmp_path / "whole").mkdir()
    pieces = plan_pieces(index, RANGES, 3)
    whole = cut(movie, tmp_path / "whole", RANGES, mode="exact", joined=joined)

    files = [file for piece in pieces for file in cut_piece(movie, tmp_path, piece, index=index)]
    clipped = join_pieces(movie, tmp_path, RANGES, pieces, files, index=index, joined=joined)

    assert clipped == whole
    for file in clipped.files:
        assert numbers(tmp_path / file, movie) == numbers(tmp_path / "whole" / file, movie)
        assert seconds(tmp_path / file) == seconds(tmp_path / "whole" / file)


def test_pieces_of_a_variable_rate_are_joined_to_the_tick(write_movie, noise, tmp_path):
    times = [n * n for n in range(24)]
    movie = write_movie(noise(24), pts=times, options={"preset": "veryfast", "g": "6"})
    index = read_index(movie)
    pieces = plan_pieces(index, [Range(2, 23)], 3)

    files = [file for piece in pieces for file in cut_piece(movie, tmp_path, piece, index=index)]
    join_pieces(movie, tmp_path, [Range(2, 23)], pieces, files, index=index)

    assert seconds(tmp_path / "clip-000.mp4") == [round((n * n - 4) / 25, 4) for n in range(2, 23)]
    with av.open(tmp_path / "clip-000.mp4") as container:
        assert container.duration == (23 * 23 - 4) * 40_000


def test_a_missing_piece_is_refused(movie, tmp_path):
    index = read_index(movie)
    pieces = plan_pieces(index, RANGES, 3)

    with pytest.raises(BadInput, match="0 files for 4 stretches"):
        join_pieces(movie, tmp_path, RANGES, pieces, [], index=index)


def test_more_pieces_than_frames_leave_some_empty(movie, tmp_path):
    index = read_index(movie)

    pieces = plan_pieces(index, [Range(3, 5)], 4)

    assert sum(len(piece.stretches) for piece in pieces) == 2
    assert cut_piece(movie, tmp_path, pieces[0], index=index) == []
