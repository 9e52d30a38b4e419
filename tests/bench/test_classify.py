"""What `bench classify` measures: pictures and points that are the same every time, and a baseline that is named."""

import importlib
import sys

import numpy as np
import pytest

from bench.classify_ours import read
from bench.classify_pictures import LABELS, photograph, seabeds
from bench.rows import Missing
from pipelines.textures import texture_image


def test_a_baseline_without_pytorch_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "bench.classify_b0", raising=False)

    with pytest.raises(Missing, match=r"torch is not installed: pip install 'darkroom\[bench\]'"):
        importlib.import_module("bench.classify_b0")


def test_seabeds_are_kept_as_they_were_painted(tmp_path):
    sea = seabeds(tmp_path, range(3, 4))

    pixels, classes = texture_image(3)
    image = sea.dataset.images[0]
    assert np.array_equal(read(sea.path(image)), pixels)
    assert image.labels == tuple(LABELS[place].id for place in classes[image.rows, image.columns].tolist())


def test_a_photograph_has_its_size_and_its_points(tmp_path):
    order = photograph(tmp_path / "camera.jpg", (1500, 2500), 50)

    assert read(order.pictures[0]).shape == (1500, 2500, 3)
    assert len(order.points) == 50
    assert all(0 <= row < 1500 and 0 <= column < 2500 for row, column in order.points)
