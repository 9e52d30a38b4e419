"""A head is joined to any backbone that is run here: old operators, unlike names, more than one output."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from pipelines.classify.export import merge_model
from pipelines.classify.heads import Head, Layer
from pipelines.classify.manifest import Manifest
from pipelines.errors import BadInput

MANIFEST = Manifest("means", 3, patch_px=8, input_px=8, output_name="features")


def backbone(opset, ir_version, *, prefix=""):
    """A network that gives the mean of each channel, and its square beside it."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], [f"{prefix}means"], name=f"{prefix}relu_1"),
        helper.make_node("Flatten", [f"{prefix}means"], ["features"], axis=1),
        helper.make_node("Mul", ["features", "features"], ["squares"]),
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3]) for name in ("squares", "features")
    ]
    graph = helper.make_graph(
        nodes, "means", [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, 8, 8])], outputs
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)


@pytest.fixture
def head():
    """A perceptron of two hidden units and four labels."""
    rng = np.random.default_rng(1)
    layers = (
        Layer(rng.normal(size=(3, 2)), rng.normal(size=2)),
        Layer(rng.normal(size=(2, 4)), rng.normal(size=4)),
    )
    return Head(rng.normal(size=3), rng.uniform(0.5, 2, 3), layers, np.arange(4), temperature=1.7)


@pytest.mark.parametrize(("opset", "ir_version"), [(9, 3), (11, 6), (12, 7), (13, 7), (17, 8), (21, 10)])
def test_the_head_gives_its_probabilities_behind_operators_of_any_age(opset, ir_version, head):
    patches = np.random.default_rng(2).normal(size=(5, 3, 8, 8)).astype(np.float32)

    merged, manifest = merge_model(backbone(opset, ir_version).SerializeToString(), MANIFEST, head)

    session = ort.InferenceSession(merged.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run([manifest.output_name], {"input": patches})[0]
    assert np.abs(found - head.probabilities(patches.mean(axis=(2, 3)))).max() < 1e-6
    assert (manifest.output_name, manifest.length, manifest.patch_px) == ("probabilities", 4, 8)
    assert [one.name for one in session.get_outputs()] == ["probabilities"]


def test_names_of_the_backbone_are_not_taken(head, tmp_path):
    onnx.save(backbone(17, 8, prefix="head/"), tmp_path / "backbone.onnx")

    merged, _ = merge_model(tmp_path / "backbone.onnx", MANIFEST, head)

    onnx.checker.check_model(merged)
    names = [node.name for node in merged.graph.node if node.name]
    assert len(set(names)) == len(names)


def test_a_backbone_that_calls_something_probabilities_is_told_from_the_head(head):
    taken = backbone(17, 8)
    taken.graph.node[2].output[0] = "probabilities"
    taken.graph.output[0].name = "probabilities"

    merged, manifest = merge_model(taken.SerializeToString(), MANIFEST, head)

    onnx.checker.check_model(merged)
    assert manifest.output_name == "head/probabilities"


def test_operators_that_are_too_old_are_refused(head):
    with pytest.raises(BadInput, match="opset 8") as refused:
        merge_model(backbone(8, 3).SerializeToString(), MANIFEST, head)

    assert refused.value.code == "bad_network"
