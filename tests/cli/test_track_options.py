"""The options of a track, as they become params."""

import argparse

import pytest

from cli.main import main
from cli.track_options import Picture, add_track_options, other_inputs, track_params
from darkroom.errors import Invalid
from darkroom.params import Correction, Drawing, PictureSize, Point


@pytest.fixture
def parse():
    """Read the options from words."""
    parser = argparse.ArgumentParser()
    add_track_options(parser)
    parser.set_defaults(kind="track")
    return lambda *words: parser.parse_args(words)


def test_what_is_not_said_is_as_the_api_has_it(parse):
    params = track_params(parse("--points", "Apex:1,2"), Picture(640, 480))

    assert params.points == [Point("Apex", 1, 2)]
    assert params.mode == "precise"
    assert params.outputs == ["csv", "parquet", "movie", "analysis"]
    assert params.drawing == Drawing()
    assert (params.corrections, params.rotation, params.stabilise) == ([], 0, "none")


def test_every_option_becomes_a_param(parse):
    words = ["--points", "1,2", "--mode", "baseline", "--correct", "P1@5:3,4", "--stabilise", "rulers"]
    words += ["--rotation", "90", "--fpm", "0.5", "--outputs", "csv, zip", "--start", "2", "--end", "9"]
    words += ["--style", "planttracer", "--no-names", "--no-scale-bar", "--no-clock", "--fps", "15"]
    words += ["--drawing-size", "analysis", "--first", "1", "--comment", "by Ada", "--keep-partial"]
    words += ["--colours", "P1=#2aa198; a=b = #FF0000"]

    params = track_params(parse(*words), Picture(640, 480))

    assert params.mode == "baseline"
    assert params.corrections == [Correction("P1", 5, 3, 4)]
    assert (params.stabilise, params.rotation, params.frames_per_minute) == ("rulers", 90, 0.5)
    assert params.outputs == ["csv", "zip"]
    assert (params.start, params.end, params.keep_partial) == (2, 9, True)
    assert params.drawing == Drawing(
        style="planttracer",
        names=False,
        scale_bar=False,
        clock=False,
        fps=15,
        size="analysis",
        first=1,
        comment="by Ada",
        colours={"P1": "#2aa198", "a=b": "#FF0000"},
    )


def test_points_on_a_turned_analysis_picture_are_on_its_size(parse):
    options = parse("--points", "1,2", "--points-size", "analysis", "--rotation", "90")

    assert track_params(options, Picture(1920, 1080)).points_size == PictureSize(360, 640)


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (["--rotation", "45"], "/rotation"),
        (["--mode", "magic"], "/mode"),
        (["--fpm", "nan"], "/frames_per_minute"),
        (["--fps", "0"], "/drawing/fps"),
        (["--outputs", "gif"], "/outputs/0"),
        (["--colours", "P1=teal"], "/drawing/colours"),
        (["--colours", "P1"], "--colours"),
    ],
)
def test_what_can_not_be_is_refused_by_field(parse, words, where):
    with pytest.raises(Invalid) as refusal:
        track_params(parse("--points", "1,2", *words), Picture(640, 480))

    assert refusal.value.where == where


def test_what_is_wrong_is_told_with_its_field(tmp_path, capsys):
    movie = tmp_path / "stem.mp4"
    movie.touch()

    status = main(["run", "track", str(movie), "--points", "1,2", "--correct", "P1:3,4"])

    assert status == 2
    assert capsys.readouterr().err.startswith("darkroom: 'P1:3,4' is no correction (--correct)\n")


def test_an_earlier_track_is_a_file_that_is_there(parse, tmp_path):
    table = tmp_path / "track.csv"
    table.touch()

    assert other_inputs(parse("--earlier", str(table))) == {"earlier": table}
    with pytest.raises(Invalid, match="no such file"):
        other_inputs(parse("--traced", str(tmp_path / "traced.mp4")))
