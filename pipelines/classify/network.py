"""A network at work: patches in, one row of numbers per patch out, on a CPU or on CUDA."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper

from pipelines.classify.feed import Feed
from pipelines.classify.manifest import Manifest
from pipelines.errors import BadInput

Device = Literal["auto", "cpu", "cuda"]
BATCH = 2  # patches a run on a CPU: what is between their layers then stays in its cache
_CUDA_BATCH = 64
# ONNX Runtime has no error of its own for it: what its allocators and those of CUDA say.
_LACKS_MEMORY = re.compile(r"bad_alloc|failed to allocate|out of memory|alloc_failed", re.IGNORECASE)
_QUIET = 4  # ONNX Runtime's `fatal`: what goes wrong is raised, and need not be printed too
# TF32 would round inputs to 10 bits, and a search for the fastest convolution would choose anew at every start.
_CUDA_OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}

cv2.setNumThreads(1)  # workers share their cores by process, not by thread


class Network:
    """An ONNX file that is open and may be run. Results do not depend on the batch but for 1e-5.

    Raises BadInput, bad_network, for a file that cannot be opened, or lacks the manifest's input or output; MemoryError.
    """

    def __init__(
        self, model: bytes | Path, manifest: Manifest, *, device: Device = "auto", threads: int = 1
    ) -> None:
        self.manifest = manifest
        self.device = choose_device(device)
        self.batch = BATCH if self.device == "cpu" else _CUDA_BATCH
        self._session: Any = open_session(model, device=self.device, threads=threads)
        _check_names(self._session, manifest)
        self._feed = Feed(manifest, self.batch)

    def run(self, patches: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (n, length) float32 for (n, patch_px, patch_px, 3) uint8 patches in RGB.

        Raises BadInput, bad_network, where the network fails or gives anything else than that, or numbers that are not
        finite; and MemoryError.
        """
        out = np.empty((len(patches), self.manifest.length), np.float32)
        for start in range(0, len(patches), self.batch):
            some = patches[start : start + self.batch]
            out[start : start + len(some)] = self._run_batch(some)
        return out

    def close(self) -> None:
        """Give the session's memory back; the network cannot be run afterwards."""
        self._session = None

    def _run_batch(self, patches: NDArray[np.uint8]) -> NDArray[np.float32]:
        manifest = self.manifest
        feed = self._feed.fill(patches)
        try:
            (found,) = self._session.run([manifest.output_name], {manifest.input_name: feed})
        except Exception as error:  # ONNX Runtime's errors share no narrower base
            raise _failure(error, "fails when it is run") from error
        expected = (len(patches), manifest.length)
        if not isinstance(found, np.ndarray) or found.shape != expected:
            raise bad_network(f"gives {getattr(found, 'shape', 'no array')} where {expected} is expected")
        if not np.isfinite(found).all():
            raise bad_network("gives numbers that are not finite")
        return found


def bad_network(why: str) -> BadInput:
    """Make the error that says what is wrong with a network."""
    return BadInput(f"the network {why}", code="bad_network")


@cache
def devices() -> tuple[str, ...]:
    """Probe what networks may be run on here: always the CPU, and CUDA where a tiny network really runs there."""
    return ("cpu", *_cuda_if_it_runs())


def choose_device(wish: Device) -> str:
    """Return `cpu` or `cuda`. Raises BadInput, no_device, where CUDA is wished for and is not there."""
    if wish == "auto":
        return devices()[-1]
    if wish not in devices():
        raise BadInput(f"no {wish} is at hand to run networks on", code="no_device")
    return wish


def open_session(model: bytes | Path, *, device: str, threads: int, is_optimised: bool = True) -> Any:
    """Open an ONNX Runtime session. Raises BadInput: bad_network, and MemoryError.

    is_optimised: whether its graph is made faster first, for which what is constant in it is computed at once.
    """
    content = model if isinstance(model, bytes) else str(model)
    options = _options(threads)
    if not is_optimised:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return ort.InferenceSession(content, options, providers=_providers(device))
    except Exception as error:  # ONNX Runtime's errors share no narrower base
        raise _failure(error, "cannot be opened") from error


def _failure(error: Exception, why: str) -> Exception:
    """Return what to raise where ONNX Runtime failed: a want of memory may be over at the next attempt."""
    if isinstance(error, MemoryError) or _LACKS_MEMORY.search(str(error)):
        return MemoryError(f"the network {why}: memory is short")
    return bad_network(why)


def _options(threads: int) -> Any:
    """Return options for a session that computes on so many threads, and never waits busily for work."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _QUIET
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _providers(device: str) -> list[Any]:
    on_cpu: list[Any] = ["CPUExecutionProvider"]
    return [("CUDAExecutionProvider", _CUDA_OPTIONS), *on_cpu] if device == "cuda" else on_cpu


def _cuda_if_it_runs() -> Iterator[str]:
    """The provider may be installed without a card or its libraries: the session then falls back to the CPU."""
    if "CUDAExecutionProvider" not in ort.get_available_providers():
        return
    try:
        session = open_session(_identity(), device="cuda", threads=1)
        session.run(None, {"input": np.zeros(1, np.float32)})
    except Exception:  # noqa: BLE001  # whatever it is that fails, there is no CUDA then
        return
    if session.get_providers()[0] == "CUDAExecutionProvider":
        yield "cuda"


def _check_names(session: Any, manifest: Manifest) -> None:
    for kind, found, name in (
        ("input", session.get_inputs(), manifest.input_name),
        ("output", session.get_outputs(), manifest.output_name),
    ):
        if name not in [one.name for one in found]:
            raise bad_network(f"has no {kind} {name!r}")


def _identity() -> bytes:
    """Return the smallest network there is."""
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("input", "output")]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["input"], ["output"])], "identity", value[:1], value[1:]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    content: bytes = model.SerializeToString()
    return content
