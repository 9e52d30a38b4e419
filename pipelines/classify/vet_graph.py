"""What an ONNX file says of itself, looked into before anything of it is run."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import onnx
from google.protobuf.message import DecodeError

from pipelines.classify.network import bad_network

DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
_ELEMENTS_PER_BYTE = 4  # the narrowest number of ONNX has two bits


@dataclass(frozen=True, slots=True)
class Graph:
    """What is worth telling of a graph. opset: the version of ONNX's own operators. operators: each once, in order."""

    opset: int
    nodes: int
    operators: tuple[str, ...]


def read_graph(content: bytes, nodes_limit: int) -> Graph:
    """Return what a file holds. Raises BadInput, bad_network, for all that is refused unrun.

    Refused are: data in other files, operators of other domains, functions, control flow, sparse tensors, tensors that
    claim more than the file holds, more nodes than the limit, and names that are missing or used twice.
    """
    model = _parsed(content)
    _check_parts(model, nodes_limit)
    for node in model.graph.node:
        _check_node(node)
    for tensor in _tensors(model.graph):
        _check_tensor(tensor)
    try:
        onnx.checker.check_model(content)
    except (onnx.checker.ValidationError, ValueError, RuntimeError) as error:
        raise bad_network(f"is not valid: {_first_line(error)}") from error
    opset = max((one.version for one in model.opset_import if one.domain in {"", "ai.onnx"}), default=0)
    operators = sorted({node.op_type for node in model.graph.node})
    return Graph(opset, len(model.graph.node), tuple(operators))


def _parsed(content: bytes) -> Any:
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise bad_network("is no ONNX file, or a part of one") from error
    if not model.graph.node:
        raise bad_network("has no nodes")
    return model


def _check_parts(model: Any, nodes_limit: int) -> None:
    if model.functions:
        raise bad_network("has functions of its own, which are not run here")
    if model.training_info:
        raise bad_network("has a part for training, which is not run here")
    if model.graph.sparse_initializer:
        raise bad_network("has sparse tensors, which are not read here")
    if len(model.graph.node) > nodes_limit:
        raise bad_network(f"has more than {nodes_limit} nodes")
    for one in model.opset_import:
        if one.domain not in DOMAINS:
            raise bad_network(f"needs operators of the domain {one.domain[:80]!r}")


def _check_node(node: Any) -> None:
    if node.domain not in DOMAINS:
        raise bad_network(f"has the operator {node.op_type[:80]!r} of the domain {node.domain[:80]!r}")
    for attribute in node.attribute:
        if attribute.HasField("g") or attribute.graphs:
            raise bad_network(f"has control flow ({node.op_type[:80]}), which is not run here")
        if attribute.HasField("sparse_tensor") or attribute.sparse_tensors:
            raise bad_network("has sparse tensors, which are not read here")


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _check_tensor(tensor: Any) -> None:
    if tensor.external_data or tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise bad_network(f"keeps data of {tensor.name[:80]!r} in another file")
    if min(tensor.dims, default=0) < 0 or math.prod(tensor.dims) > tensor.ByteSize() * _ELEMENTS_PER_BYTE:
        raise bad_network(f"has in {tensor.name[:80]!r} a tensor that claims more than it holds")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
