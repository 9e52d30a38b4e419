"""One ONNX file of a backbone and the head that was fitted to its features."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pipelines.classify.heads import Head
from pipelines.classify.manifest import Manifest
from pipelines.errors import BadInput

OUTPUT = "probabilities"
_OPSETS = ("", "ai.onnx")
_OLDEST_OPSET = 9  # older ones spread a row over a batch by other rules
_OLDEST_IR = 4  # older ones want every constant among the inputs


def merge_model(backbone: bytes | Path, manifest: Manifest, head: Head) -> tuple[Any, Manifest]:
    """Return the model (onnx.ModelProto), from patches to `probabilities` (N, labels) float32, and its manifest.

    The head computes in double precision, so that what it gives is what scikit-learn gives for the same features. It is
    made of Sub, Div, Gemm, Relu and Softmax only. Raises BadInput, bad_network, for a backbone of an opset before 9.
    """
    model = (
        onnx.load_from_string(backbone)
        if isinstance(backbone, bytes)
        else onnx.load(backbone, load_external_data=False)
    )
    _check_opset(model)
    output = _append(model.graph, manifest.output_name, head)
    del model.graph.output[:]
    model.graph.output.append(
        helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", len(head.labels)])
    )
    model.ir_version = max(model.ir_version, _OLDEST_IR)
    return model, replace(manifest, output_name=output, length=len(head.labels))


def _check_opset(model: Any) -> None:
    opset = max((one.version for one in model.opset_import if one.domain in _OPSETS), default=0)
    if opset < _OLDEST_OPSET:
        raise BadInput(
            f"the network has opset {opset}, where {_OLDEST_OPSET} is the oldest", code="bad_network"
        )


def _append(graph: Any, features: str, head: Head) -> str:
    """Add the head's nodes, and return the name of their output."""
    names = _names(graph)
    prefix = _free_prefix(names)

    def constant(name: str, values: NDArray[Any]) -> str:
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), prefix + name))
        return prefix + name

    def draw(operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        made = output or f"{prefix}{operator.lower()}_{len(graph.node)}"
        graph.node.append(helper.make_node(operator, inputs, [made], name=made, **attributes))
        return made

    value = draw("Cast", features, to=TensorProto.DOUBLE)
    value = draw("Sub", value, constant("mean", head.mean))
    value = draw("Div", value, constant("scale", head.scale))
    for index, layer in enumerate(head.layers):
        if index:
            value = draw("Relu", value)
        weights, bias = constant(f"weights_{index}", layer.weights), constant(f"bias_{index}", layer.bias)
        value = draw("Gemm", value, weights, bias)
    if head.temperature != 1:
        value = draw("Div", value, constant("temperature", np.array(head.temperature)))
    output = prefix + OUTPUT if OUTPUT in names else OUTPUT
    return draw("Cast", draw("Softmax", value, axis=1), to=TensorProto.FLOAT, output=output)


def _names(graph: Any) -> set[str]:
    names = {name for node in graph.node for name in (node.name, *node.input, *node.output)}
    return names | {one.name for one in (*graph.input, *graph.initializer)}


def _free_prefix(names: set[str]) -> str:
    """Return a beginning that no name of the backbone has."""
    prefix = "head/"
    while any(name.startswith(prefix) for name in names):
        prefix += "head/"
    return prefix
