"""Training on picture files, as a notebook does it."""

import textwrap
from pathlib import Path

import cv2
import pytest

from pipelines.classify import Classifier, train_on_pictures
from pipelines.errors import BadInput
from pipelines.textures import CLASSES, texture_image, texture_points

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "classify.md"


def write(path, seed, size=240):
    """Write a made seabed, and return its classes."""
    pixels, classes = texture_image(seed, size)
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return classes


def survey(folder, seeds, points=6):
    seen = {}
    for seed in seeds:
        path = folder / f"{seed}.png"
        classes = write(path, seed)
        rows, columns = texture_points(seed, points, len(classes))
        codes = [CLASSES[index] for index in classes[rows, columns]]
        seen[str(path)] = list(zip(rows.tolist(), columns.tolist(), codes, strict=True))
    return seen


def test_picture_files_and_codes_become_a_classifier(tmp_path):
    seen = survey(tmp_path, range(5))

    trained = train_on_pictures(seen, tmp_path)

    codes = sorted({code for points in seen.values() for _, _, code in points})
    assert [label.code for label in Classifier(tmp_path / "model.onnx", device="cpu").labels] == codes
    assert trained.as_dict()["points"] == 30
    assert (tmp_path / "confusion.png").stat().st_size > 0


def test_a_file_that_is_there_twice_is_one_picture(tmp_path):
    seen = survey(tmp_path, range(3))
    first, points = next(iter(seen.items()))
    copy = tmp_path / "copy.png"
    copy.write_bytes(Path(first).read_bytes())
    seen[first], seen[str(copy)] = points[:3], points[3:]

    trained = train_on_pictures(seen, tmp_path).as_dict()

    assert (trained["images"], trained["points"], trained["left_out"]) == (3, 18, [])


def test_a_point_outside_its_picture_is_told(tmp_path):
    seen = survey(tmp_path, range(2))
    seen[str(tmp_path / "1.png")].append((240, 0, "turf"))

    with pytest.raises(BadInput, match="Row 240 is outside the image's valid range of 0-239"):
        train_on_pictures(seen, tmp_path)


def test_the_example_of_the_guide_runs(tmp_path, monkeypatch, capsys):
    _, _, rest = GUIDE.read_text("utf-8").partition("    from pathlib import Path\n")
    lines = ["    from pathlib import Path"]
    for line in rest.splitlines():
        if line and not line.startswith("    "):
            break
        lines.append(line)
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(["reef_001.jpg", "reef_002.jpg", "new.jpg"]):
        pixels, _ = texture_image(seed, 240)
        cv2.imwrite(name, cv2.resize(pixels, (2000, 1300)))

    exec(textwrap.dedent("\n".join(lines)), {})  # noqa: S102 - it is ours

    accuracy, cover = capsys.readouterr().out.splitlines()
    assert 0 <= float(accuracy) <= 1
    assert cover.startswith("{'CCA': ")
