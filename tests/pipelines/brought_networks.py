"""Networks that somebody might bring: one that may be run, and many that may not."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

SIDE, LENGTH = 16, 3


def ends(name="input", shape=("N", 3, SIDE, SIDE), kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, list(shape))


def network(nodes, constants=(), *, inputs=None, outputs=None, imports=(("", 17),), **model):
    """Return the bytes of a graph from `input` to `output`."""
    graph = helper.make_graph(
        nodes,
        "brought",
        [ends()] if inputs is None else inputs,
        [ends("output", ("N", LENGTH))] if outputs is None else outputs,
        list(constants),
    )
    opsets = [helper.make_opsetid(*one) for one in imports]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **model).SerializeToString()


def constant(name, values):
    return numpy_helper.from_array(np.asarray(values), name)


def mean_colour(*after, name="means"):
    """The nodes of the simplest encoder: the mean of each channel; what comes after reads `means`."""
    return [
        helper.make_node("GlobalAveragePool", ["input"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], [name], axis=1),
        *after,
    ]


def node(operator, inputs="means", output="output", **attributes):
    return helper.make_node(operator, inputs.split(), [output], **attributes)


def encoder():
    return network(mean_colour(name="output"))


def classifier():
    return network(mean_colour(node("Softmax", axis=1)))


def external():
    tensor = helper.make_tensor("weights", TensorProto.FLOAT, [LENGTH], [0.0] * LENGTH)
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../../etc/passwd")
    return network(mean_colour(node("Add", "means weights")), [tensor])


def external_in_a_node():
    tensor = helper.make_tensor("inner", TensorProto.FLOAT, [LENGTH], [0.0] * LENGTH)
    tensor.external_data.add(key="location", value="/dev/zero")
    made = helper.make_node("Constant", [], ["weights"], value=tensor)
    return network([made, *mean_colour(node("Add", "means weights"))])


def claiming(*dims):
    """A tensor of which the file holds four bytes."""
    tensor = TensorProto(name="weights", data_type=TensorProto.FLOAT, dims=dims, raw_data=bytes(4))
    return network(mean_colour(node("Add", "means weights")), [tensor])


def looping():
    """A loop whose condition never changes."""
    flags = [ends(name, (), TensorProto.BOOL) for name in ("go", "on")]
    step = ends("step", (), TensorProto.INT64)
    body = helper.make_graph([node("Identity", "go", "on")], "body", [step, flags[0]], [flags[1]])
    forever = [constant("times", np.int64(2**62)), constant("true", np.bool_(True))]
    loop = helper.make_node("Loop", ["times", "true"], [], body=body)
    return network([loop, *mean_colour(name="output")], forever)


def branching():
    other = ends("other", (LENGTH,))
    branch = helper.make_graph([node("ConstantOfShape", "size", "other")], "branch", [], [other])
    either = helper.make_node("If", ["true"], ["weights"], then_branch=branch, else_branch=branch)
    constants = [constant("true", np.bool_(True)), constant("size", [LENGTH])]
    return network([either, *mean_colour(node("Add", "means weights"))], constants)


def swelling(elements):
    """A constant of so many zeros, made at opening or at running, of which nothing is kept."""
    nodes = [
        node("ConstantOfShape", "size", "zeros"),
        node("ReduceSum", "zeros", "sum", keepdims=0),
        *mean_colour(node("Add", "means sum")),
    ]
    return network(nodes, [constant("size", [elements])])


def expanding(elements):
    """Every patch's mean, repeated."""
    nodes = mean_colour(
        node("Tile", "means times", "tiled"), node("ReduceMean", "tiled", axes=[1], keepdims=1)
    )
    return network(nodes, [constant("times", [1, elements])], outputs=[ends("output", ("N", 1))])


def toiling(times, side=1500):
    """Products of large matrices, each of the one before."""
    products = [node("MatMul", f"m{step} m0", f"m{step + 1}") for step in range(times)]
    nodes = [
        node("ConstantOfShape", "size", "m0"),
        *products,
        node("ReduceSum", f"m{times}", "sum", keepdims=0),
        *mean_colour(node("Add", "means sum")),
    ]
    return network(nodes, [constant("size", [side, side])])


def of_functions():
    inner = helper.make_function(
        "local",
        "Same",
        ["x"],
        ["y"],
        [helper.make_node("Identity", ["x"], ["y"])],
        [helper.make_opsetid("", 17)],
    )
    nodes = mean_colour(helper.make_node("Same", ["means"], ["output"], domain="local"))
    return network(nodes, imports=(("", 17), ("local", 1)), functions=[inner])


def of_domain(domain):
    nodes = mean_colour(helper.make_node("Gelu", ["means"], ["output"], domain=domain))
    return network(nodes, imports=(("", 17), (domain, 1)))


def undeclared_domain():
    return network(mean_colour(helper.make_node("Gelu", ["means"], ["output"], domain="com.microsoft")))


def not_finite():
    return network(mean_colour(node("Log")))


def by_chance():
    return network(mean_colour(node("RandomNormalLike", output="chance"), node("Add", "means chance")))


def by_neighbours():
    return network(mean_colour(node("ReduceMean", output="all", axes=[0]), node("Sub", "means all")))


def sparse():
    values = constant("weights", np.float32([1]))
    tensor = helper.make_sparse_tensor(values, constant("places", [0]), [LENGTH])
    made = helper.make_node("Constant", [], ["weights"], sparse_value=tensor)
    return network([made, *mean_colour(node("Add", "means weights"))])


def aborting():
    """A slice of a pool that is larger than its picture: the runtime's own assertion fails while it reads the file."""
    bounds = [constant("start", [0]), constant("end", [1]), constant("axis", [2])]
    nodes = [
        node("AveragePool", "input", "pooled", kernel_shape=[40, 40]),
        node("Slice", "pooled start end axis", "sliced"),
        node("Flatten", "sliced"),
    ]
    return network(nodes, bounds)
