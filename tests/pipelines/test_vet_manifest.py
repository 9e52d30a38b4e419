"""Manifests: read from plain values, each mistake named with its field."""

import pytest

from pipelines.classify.manifest import Manifest, from_dict
from pipelines.errors import BadInput


def test_what_is_left_out_has_its_default():
    made = from_dict({"name": "reef", "length": 1280})

    assert made == Manifest(name="reef", length=1280)
    assert (made.patch_px, made.input_px, made.layout, made.channels) == (224, 224, "NCHW", "RGB")
    assert (made.scale, made.mean, made.std) == (1 / 255, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def test_a_manifest_comes_back_as_it_was_written():
    made = Manifest(
        name="caffe",
        length=4096,
        layout="NHWC",
        channels="BGR",
        scale=1.0,
        mean=(104.0, 117.0, 123.0),
        licence="BSD",
    )

    assert from_dict(made.as_dict()) == made


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("length", 0, "length to be a whole number from 1 to 65536"),
        ("length", True, "length to be a whole number"),
        ("length", 2.0, "length to be a whole number"),
        ("patch_px", 0, "patch_px to be a whole number from 1 to 1024"),
        ("input_px", 10**9, "input_px to be a whole number from 1 to 1024"),
        ("layout", "CHW", "layout to be one of NCHW, NHWC"),
        ("channels", ["RGB"], "channels to be one of RGB, BGR"),
        ("scale", float("nan"), "scale to be a finite number"),
        ("scale", 0, "scale not to be 0"),
        ("scale", "1", "scale to be a finite number"),
        ("mean", [0.0, 0.0], "mean to be three numbers"),
        ("mean", 0.5, "mean to be three numbers"),
        ("std", [1.0, 0.0, 1.0], "no std to be 0"),
        ("std", [1.0, 1.0, float("inf")], "std to be a finite number"),
        ("name", "", "name not to be empty"),
        ("input_name", 5, "input_name to be a text"),
        ("licence", "x" * 501, "licence to be a text of at most 500 characters"),
        ("colour", 1, "has no field 'colour'"),
    ],
)
def test_a_mistake_is_named_with_its_field(field, value, why):
    with pytest.raises(BadInput, match=why) as refusal:
        from_dict({"name": "reef", "length": 9, field: value})

    assert refusal.value.code == "bad_manifest"


def test_a_manifest_needs_a_length():
    with pytest.raises(BadInput, match="lacks length"):
        from_dict({"name": "reef"})
