"""A sheet to draw an ONNX graph on: nodes and constants get their names in the order in which they are drawn."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
_FLOOR = 1e-4  # a variance that says nothing
_LACKING = 3  # rows and columns, up to the next multiple of four
IR_VERSION = 8  # what goes with opset 17: a newer one would lock older runtimes out


class Sheet:
    """What is drawn so far. Every method gives the name of a value, (N, C, H, W) float32 if not said otherwise."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def constant(self, values: ArrayLike, dtype: type[np.generic] = np.float32) -> str:
        """Give a constant; equal ones are kept once."""
        array = np.ascontiguousarray(np.asarray(values, dtype))
        name = f"c{len(self._constants)}"
        tensor = numpy_helper.from_array(array, name)
        key = f"{array.dtype}{array.shape}{array.tobytes().hex()}"
        return str(self._constants.setdefault(key, tensor).name)

    def draw(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Give the output of one node of any operator."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def convolve(self, value: str, kernels: ArrayLike, bias: ArrayLike | None = None) -> str:
        """Correlate with kernels (out, in, h, w), nothing padded."""
        weights = np.asarray(kernels, np.float32)
        inputs = [value, self.constant(weights)]
        if bias is not None:
            inputs.append(self.constant(bias))
        return self.draw("Conv", *inputs, kernel_shape=list(weights.shape[2:]))

    def mix(self, value: str, matrix: ArrayLike, bias: ArrayLike | None = None) -> str:
        """Multiply the channels of every pixel by a matrix (out, in)."""
        return self.convolve(value, np.asarray(matrix, np.float32)[:, :, None, None], bias)

    def clip(self, value: str, low: float, high: float) -> str:
        """Hold every number within low and high."""
        return self.draw("Clip", value, self.constant(low), self.constant(high))

    def pool(self, value: str, side: int, stride: int | None = None) -> str:
        """Average squares of a side, set beside each other, or a stride apart."""
        step = side if stride is None else stride
        return self.draw("AveragePool", value, kernel_shape=[side, side], strides=[step, step])

    def middle(self, value: str, side: int, of: int) -> str:
        """Cut the square of `side` pixels out of the middle of one of `of` pixels."""
        start = (of - side) // 2
        bounds = [self.constant([at, at], np.int64) for at in (start, start + side)]
        return self.draw("Slice", value, *bounds, self.constant([2, 3], np.int64))

    def logarithm(self, value: str) -> str:
        """Take the logarithm of every number of squares whose sides are one more than a multiple of four.

        A CPU takes 4, 8 or 16 at once, and those left over by another formula, so that which these are would change last
        bits: a patch filled up to sides of a multiple of four leaves none, and has equal numbers wherever in its batch.
        """
        filling, ends = [0, 0, 0, 0, 0, 0, _LACKING, _LACKING], [-_LACKING] * 2
        filled = self.draw("Pad", value, self.constant(filling, np.int64), self.constant(1.0))
        bounds = [self.constant(at, np.int64) for at in ([0, 0], ends, [2, 3])]
        return self.draw("Slice", self.draw("Log", filled), *bounds)

    def average(self, value: str) -> str:
        """Average over all pixels: (N, C, 1, 1)."""
        return self.draw("GlobalAveragePool", value)

    def add(self, value: str, number: float) -> str:
        """Add one number to all."""
        return self.draw("Add", value, self.constant(number))

    def join(self, *values: str) -> str:
        """Set channels beside each other."""
        return self.draw("Concat", *values, axis=1)

    def finish(self, name: str, value: str, side: int, length: int) -> bytes:
        """Return the file: `input` (N, 3, side, side), `output` (N, length), of a value (N, length, 1, 1)."""
        nodes = [*self._nodes, helper.make_node("Flatten", [value], ["output"], axis=1)]
        shapes: dict[str, list[str | int | None]] = {"input": ["N", 3, side, side], "output": ["N", length]}
        first, last = (
            helper.make_tensor_value_info(key, TensorProto.FLOAT, shape) for key, shape in shapes.items()
        )
        graph = helper.make_graph(nodes, name, [first], [last], list(self._constants.values()))
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="darkroom",
        )
        content: bytes = model.SerializeToString(deterministic=True)
        return content


def draw_moments(sheet: Sheet, values: str) -> tuple[str, str, str]:
    """Give mean, deviation and skewness of each channel, (N, C, 1, 1) each."""
    mean = sheet.average(values)
    centred = sheet.draw("Sub", values, mean)
    square = sheet.draw("Mul", centred, centred)
    variance = sheet.add(sheet.average(square), _FLOOR)
    deviation = sheet.draw("Sqrt", variance)
    cube = sheet.average(sheet.draw("Mul", square, centred))
    return mean, deviation, sheet.draw("Div", cube, sheet.draw("Mul", variance, deviation))
