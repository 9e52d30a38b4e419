"""The demo, whole: it starts and ends a house of its own."""

import re

import pytest

from pipelines.synthetic import write_stem

pytestmark = pytest.mark.slow


def test_the_track_of_a_known_motion_is_right_to_a_tenth_of_a_pixel(tmp_path, capfd, run, monkeypatch):
    monkeypatch.setattr("cli.demo.FRAMES", 24)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    status = run("demo", "--out", str(tmp_path / "out"))

    told = capfd.readouterr()
    assert status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["traced.mp4", "track.csv"]
    assert re.search(r"median error against the known motion: 0\.0\d+ px \(limit 0.1 px\)", told.out)
    assert "succeeded" in told.err
    assert list(tmp_path.glob("darkroom-demo-*")) == []


def test_points_on_a_users_movie_are_scaled_and_it_is_told_how(tmp_path, capfd, run):
    movie = tmp_path / "stem.mp4"
    write_stem(movie, width=160, height=120, frames=12)

    status = run("demo", "--movie", str(movie), "--points", "320,96", "--out", str(tmp_path / "out"))

    told = capfd.readouterr().out
    assert status == 0
    assert "640×480 analysis picture (longest side 640 px); scaled ×0.25 to the 160×120 source" in told
    assert f"table: {tmp_path / 'out' / 'track.csv'}" in told
