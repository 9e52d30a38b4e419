"""Networks: fed as their manifest says, and refused with a word when they cannot be opened or run."""

import numpy as np
import pytest

import tests.pipelines.brought_networks as brought
from pipelines.classify.manifest import Manifest
from pipelines.classify.network import Network, devices
from pipelines.errors import BadInput

PATCH = np.full((1, 16, 16, 3), (10, 20, 40), np.uint8)


def manifest(**fields):
    return Manifest(**{"name": "means", "length": 3, "patch_px": 16, "input_px": 16} | fields)


def opened(content=None, **fields):
    return Network(brought.encoder() if content is None else content, manifest(**fields), device="cpu")


def test_values_are_scaled_shifted_and_spread():
    network = opened(scale=0.1, mean=(1.0, 0.0, 2.0), std=(1.0, 2.0, 0.5))

    assert network.run(PATCH)[0].tolist() == pytest.approx([0.0, 1.0, 4.0], abs=1e-6)


def test_channels_come_in_the_networks_order():
    network = opened(channels="BGR", scale=1.0, mean=(1.0, 0.0, 0.0))

    assert network.run(PATCH)[0].tolist() == pytest.approx([39.0, 20.0, 10.0])


def test_channels_may_be_the_last_axis():
    means = brought.network(
        [brought.node("ReduceMean", "input", axes=[1, 2], keepdims=0)],
        inputs=[brought.ends(shape=("N", 16, 16, 3))],
    )

    assert opened(means, layout="NHWC", scale=1.0).run(PATCH)[0].tolist() == pytest.approx([10.0, 20.0, 40.0])


@pytest.mark.parametrize("input_px", [8, 12, 32])
def test_a_patch_is_resized_to_what_the_network_wants(input_px):
    patch = np.zeros((1, 16, 16, 3), np.uint8)
    patch[:, :, 8:] = 200
    means = brought.network(
        brought.mean_colour(name="output"), inputs=[brought.ends(shape=("N", 3, input_px, input_px))]
    )

    found = opened(means, input_px=input_px, scale=1.0).run(patch)

    assert found[0].tolist() == pytest.approx([100.0] * 3, abs=1)


def test_more_patches_than_a_batch_are_run_in_order():
    patches = np.arange(7, dtype=np.uint8)[:, None, None, None] * np.ones((1, 16, 16, 3), np.uint8)

    found = opened(scale=1.0).run(patches)

    assert found[:, 0].tolist() == pytest.approx([0, 1, 2, 3, 4, 5, 6])


def test_a_file_is_opened_as_bytes_are(tmp_path):
    path = tmp_path / "network.onnx"
    path.write_bytes(brought.encoder())

    assert opened(path).run(PATCH).shape == (1, 3)


@pytest.mark.parametrize(
    ("content", "fields", "why"),
    [
        (b"noise", {}, "cannot be opened"),
        (brought.encoder(), {"input_name": "x"}, "has no input 'x'"),
        (brought.encoder(), {"output_name": "y"}, "has no output 'y'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_when_it_is_opened(content, fields, why):
    with pytest.raises(BadInput, match=why) as refusal:
        opened(content, **fields)

    assert refusal.value.code == "bad_network"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"length": 4}, r"gives \(1, 3\) where \(1, 4\) is expected"),
        ({"input_px": 8}, "fails when it is run"),
    ],
)
def test_a_network_that_does_not_do_as_it_should_is_refused_when_it_is_run(fields, why):
    network = opened(**fields)

    with pytest.raises(BadInput, match=why):
        network.run(PATCH)


def test_numbers_that_are_not_finite_are_no_answer():
    spot = brought.network(brought.mean_colour(brought.node("Log")))  # of black, minus infinity

    network = opened(spot)

    assert np.isfinite(network.run(np.full_like(PATCH, 9))).all()
    with pytest.raises(BadInput, match="gives numbers that are not finite") as refusal:
        network.run(np.zeros_like(PATCH))
    assert refusal.value.code == "bad_network"


def test_the_cpu_is_always_at_hand_and_another_device_only_where_it_is():
    assert devices()[0] == "cpu"
    assert opened().device == "cpu"

    if "cuda" not in devices():
        with pytest.raises(BadInput, match="no cuda is at hand"):
            Network(brought.encoder(), manifest(), device="cuda")
