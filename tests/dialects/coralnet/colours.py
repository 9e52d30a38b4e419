"""A classifier whose answers are known: it tells which of five colours a patch has most of."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from pipelines.classify.dataset import LabelInfo
from pipelines.classify.manifest import Manifest
from pipelines.classify.model_file import embed

PATCH_PX = 16
SHARPNESS = 10.0
COLOURS = {
    "*RED": (255, 0, 0),
    "*GREEN": (0, 255, 0),
    "*BLUE": (0, 0, 255),
    "*BLACK": (0, 0, 0),
    "*WHITE": (255, 255, 255),
}


def write_classifier(folder, label_ids):
    """Write the classifier's file; label_ids: in the order of COLOURS. Return its path."""
    (folder / "network.onnx").write_bytes(_network())
    labels = [LabelInfo(label_id, code, code) for label_id, code in zip(label_ids, COLOURS, strict=True)]
    manifest = Manifest(name="colours", length=len(COLOURS), patch_px=PATCH_PX, input_px=PATCH_PX)
    embed(folder / "network.onnx", folder / "model.onnx", labels, manifest)
    return folder / "model.onnx"


def _network():
    """Return a network: the softmax of how near the mean colour of a patch is to each of the five."""
    colours = np.float32(list(COLOURS.values())) / 255
    weights = numpy_helper.from_array((2 * SHARPNESS * colours.T).copy(), "weights")
    bias = numpy_helper.from_array(-SHARPNESS * (colours**2).sum(axis=1), "bias")
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("input", ["N", 3, PATCH_PX, PATCH_PX]), ("output", ["N", len(COLOURS)]))
    ]
    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["means"], axis=1),
        helper.make_node("Gemm", ["means", "weights", "bias"], ["scaled"]),
        helper.make_node("Softmax", ["scaled"], ["output"], axis=1),
    ]
    graph = helper.make_graph(nodes, "colours", [ends[0]], [ends[1]], [weights, bias])
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
