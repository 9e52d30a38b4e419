"""The same work without a ledger: by the same actors, on a movie that stays where it is."""

import hashlib
import json

import pytest

from darkroom.errors import Invalid
from darkroom.settings import Settings
from pipelines.synthetic import write_stem
from tests.workers.survey import png
from workers.alone import at_work


@pytest.fixture
def stem(tmp_path):
    path = tmp_path / "stem.mp4"
    write_stem(path, width=160, height=120, frames=12)
    return path


@pytest.fixture
def alone(stem, tmp_path):
    with at_work(
        {"movie": stem}, tmp_path / "out", Settings(data_dir=str(tmp_path)), lambda *_: None
    ) as opened:
        yield opened


def test_a_movie_is_looked_into(alone):
    found = alone.probe()

    assert (found["width"], found["height"], found["frames"]) == (160, 120, 12)


def test_what_is_made_lies_in_the_folder(alone, tmp_path):
    points = [{"label": "Apex", "x": 80, "y": 40}]

    made = alone.develop("track", {"points": points, "outputs": ["csv"]}, alone.probe())

    assert [name for name, _ in made.files] == ["track.csv"]
    assert (tmp_path / "out/track.csv").read_text().count("\n") == 13


def test_params_are_checked_as_at_the_counter(alone):
    with pytest.raises(Invalid) as refusal:
        alone.develop("track", {"points": [{"label": "Apex", "x": 160, "y": 40}]}, alone.probe())

    assert refusal.value.where == "/params/points/0/x"


def test_a_result_is_never_laid_over_the_movie(stem, tmp_path):
    movie = stem.rename(tmp_path / "rotated.mp4")
    before = movie.read_bytes()

    with (
        at_work({"movie": movie}, tmp_path, Settings(data_dir=str(tmp_path)), lambda *_: None) as alone,
        pytest.raises(Invalid, match="is the movie itself"),
    ):
        alone.develop("rotate", {"rotation": 90}, alone.probe())

    assert movie.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["rotated.mp4"]


def test_pictures_are_classified_by_a_model_that_lies_here(model, tmp_path):
    picture = tmp_path / "reef.png"
    picture.write_bytes(png(7))
    settings = Settings(data_dir=str(tmp_path))
    images = [{"media": 1, "name": "reef.png", "points": [{"row": 5, "column": 5}]}]

    with at_work({"model": model, "images/0": picture}, tmp_path / "out", settings, lambda *_: None) as alone:
        made = alone.develop("classify", {"classifier": 1, "images": images}, {})

    assert [name for name, _ in made.files] == ["classified.json", "overlay-0.jpg"]
    (image,) = json.loads((tmp_path / "out/classified.json").read_bytes())["images"]
    assert (image["name"], image["sha256"]) == ("reef.png", hashlib.sha256(png(7)).hexdigest())
    assert image["points"][0]["classes"][0][0] == 1
    assert "media" not in image


def test_frames_of_a_movie_are_classified_as_they_are_shown(model, stem, tmp_path):
    settings, out_dir = Settings(data_dir=str(tmp_path)), tmp_path / "out"
    last = {"row": 159, "column": 119}  # outside of what is stored: 160 wide, 120 high
    params = {"classifier": 1, "movie": {"every": 5}, "points": [last], "overlay": False}
    with at_work({"movie": stem}, out_dir, settings, lambda *_: None) as alone:
        alone.develop("rotate", {"rotation": 90}, alone.probe())

    files = {"model": model, "movie": out_dir / "rotated.mp4"}
    with at_work(files, out_dir, settings, lambda *_: None) as alone:
        alone.develop("classify", params, alone.probe())

    images = json.loads((out_dir / "classified.json").read_bytes())["images"]
    assert [(image["frame"], image["width"], image["height"]) for image in images] == [
        (0, 120, 160),
        (5, 120, 160),
        (10, 120, 160),
    ]
    assert all(image["points"][0]["classes"] for image in images)
    assert all("sha256" not in image for image in images)  # nobody has reckoned the movie's
