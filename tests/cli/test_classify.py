"""The verbs of sources and classifiers, against a running house."""

import csv
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from cli.classify import read_where
from cli.sources import read_codes
from darkroom.errors import Invalid
from pipelines.textures import texture_image

SIDE = 320  # px
IMAGES = 6  # to train on; one more to classify


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    """A folder of pictures whose class is known at every pixel, and a CSV of points on all but the last."""
    folder = tmp_path_factory.mktemp("survey")
    draw = np.random.default_rng(6)
    rows = []
    for number in range(IMAGES + 1):
        pixels, label_map = texture_image(number, SIDE)
        name = f"reef_{number}.png"
        cv2.imwrite(str(folder / name), pixels[..., ::-1])
        places = draw.choice(SIDE * SIDE, 20, replace=False) if number < IMAGES else ()
        rows += [(name, at // SIDE, at % SIDE, f"class {label_map.flat[at]}") for at in places]
    with (folder / "points.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("Name", "Row", "Column", "Label code"), *rows])
    return folder


@pytest.mark.slow
def test_a_survey_is_trained_on_and_a_picture_classified(at_home, survey, tmp_path, capsys, run):
    def said(*words):
        assert run(*words) == 0
        return capsys.readouterr().out

    source = said("sources", "create", "survey").strip()
    pictures = [str(survey / f"reef_{number}.png") for number in range(IMAGES)]
    assert said("sources", "images", source, *pictures) == "6 images\n"
    assert said("sources", "images", source, *pictures) == "0 images, 6 were there already\n"
    imported = said("sources", "points", source, str(survey / "points.csv"), "--make-labels")
    shown = said("sources", "show", source)
    exported = said("sources", "export", source)

    trained = said("train", source, "--name", "first", "--model", str(tmp_path / "model.onnx"))
    classifier = trained.split("classifier")[1].split(",")[0].strip()
    table = tmp_path / "cover.csv"
    picture, out = str(survey / f"reef_{IMAGES}.png"), str(tmp_path / "out")
    words = ("--classifier", classifier, "--grid", "4x5", "--csv", str(table), "-o", out)
    drawn = said("classify", picture, *words)

    assert imported.startswith("120 added")
    assert "6 images, 120 points" in shown
    assert exported.count("\n") == 121
    assert "accuracy" in trained
    assert (tmp_path / "model.onnx").stat().st_size > 10_000
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert len(rows) == 20
    assert {row["name"] for row in rows} == {f"reef_{IMAGES}.png"}
    assert all(0 < float(row["score 1"]) <= 1 for row in rows)
    assert drawn.strip().endswith(".jpg")
    assert "first" in said("sources", "show", source)
    assert said("sources", "publish", source) == ""
    assert run("sources", "share", source, "nobody") == 2
    assert said("sources", "delete", source) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--classifier", "99"), "This classifier doesn't exist or is not accessible"),
        (("--classifier", "99", "--csv", "nowhere/cover.csv"), "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_done_costs_no_upload(at_home, survey, capsys, run, words, fault):
    status = run("classify", str(survey / "reef_0.png"), "--grid", "2x2", *words)

    assert status == 2
    said = capsys.readouterr().err
    assert fault in said and "upload" not in said


@pytest.mark.slow
def test_a_training_that_fails_is_told_and_exits_with_1(at_home, tmp_path, capsys, run):
    pictures = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for number, path in enumerate(pictures):
        path.write_bytes(b"no picture, %d" % number)
    table = tmp_path / "points.csv"
    table.write_text("Name,Row,Column,Label code\na.jpg,1,1,Sand\nb.jpg,1,1,CCA\n")
    run("sources", "create", "broken")
    source = capsys.readouterr().out.strip()
    run("sources", "images", source, *map(str, pictures))
    run("sources", "points", source, str(table), "--make-labels")

    status = run("train", source)

    assert status == 1
    said = capsys.readouterr().err
    assert "was not made: there are no labelled points to learn from: " in said
    assert "for one: This file is not a supported image." in said


def test_codes_of_a_csv_are_read_in_order_once(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(
        "\ufeffName,LABEL,Row,Column\na.jpg,Sand,1,2\na.jpg,CCA,1,3\nb.jpg,Sand,1,2\nb.jpg,,4,4\n"
    )

    assert read_codes(path) == ["Sand", "CCA"]


def test_a_csv_without_labels_is_refused(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("Name,Row,Column\n")

    with pytest.raises(Invalid, match="no column is called Label code"):
        read_codes(path)


def where(**words):
    return read_where(
        SimpleNamespace(**{"grid": None, "points": None, "method": "uniform", "seed": 0, **words})
    )


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "points.csv"
    path.write_bytes(b"Name,Row,Column,Label code\n\xff\xfe,1,2,CCA\n")

    with pytest.raises(Invalid, match="no CSV in UTF-8"):
        read_codes(path)


def test_points_and_grids_are_read():
    assert where(points="120,340; 0,0") == {"points": [(120, 340), (0, 0)]}
    assert where(grid="10x20", method="random", seed=3) == {
        "grid": {"rows": 10, "columns": 20, "method": "random", "seed": 3}
    }


@pytest.mark.parametrize("words", [{"grid": "10"}, {"grid": "10x"}, {"points": "1"}, {"points": "1,2.5"}])
def test_what_is_no_point_or_grid_is_refused(words):
    with pytest.raises(Invalid, match="is no"):
        where(**words)
