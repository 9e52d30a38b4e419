"""A network on trial: opened and run in a process of its own, which it may bring down without harm to others."""

import json
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from pipelines.classify.feed import Feed
from pipelines.classify.manifest import Manifest, from_dict
from pipelines.classify.network import Network, bad_network, open_session
from pipelines.errors import BadInput

_SUM_TOLERANCE = 1e-3
_TOLERANCE = 1e-3  # of what batches, repetition and optimisation may change, relative to the largest value


def try_network(path: Path, manifest: Manifest, seconds_limit: float, *, probabilities: bool) -> float:
    """Return the seconds per patch. Raises BadInput, bad_network, for a network that does not do as it should."""
    patches = _patches(manifest.patch_px)
    values = _tried(path, manifest, patches, seconds_limit)
    _check_values(values, probabilities=probabilities)
    return _timed(path, manifest, patches, values)


def main() -> None:
    """Read an order from stdin, see `vet.py`, and write what came of it to stdout."""
    order = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CPU, (order["cpu_seconds"], order["cpu_seconds"]))
    try:
        seconds = try_network(
            Path(order["path"]),
            from_dict(order["manifest"]),
            order["seconds_limit"],
            probabilities=order["probabilities"],
        )
    except BadInput as error:
        json.dump({"refused": error.message}, sys.stdout)
    except MemoryError:
        json.dump({"refused": bad_network("takes more memory than there is").message}, sys.stdout)
    else:
        json.dump({"seconds_per_patch": seconds}, sys.stdout)


def _patches(side: int) -> NDArray[np.uint8]:
    """Return what asks most of a network: noise, black, and one grey."""
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    return np.stack([noise, np.zeros_like(noise), np.full_like(noise, 128)])


def _tried(
    path: Path, manifest: Manifest, patches: NDArray[np.uint8], seconds_limit: float
) -> NDArray[np.float32]:
    """Run the graph as it is written, where it can be stopped: what is constant would else be computed at opening."""
    session = open_session(path, device="cpu", threads=1, is_optimised=False)
    _check_ends(session, manifest)
    feed = Feed(manifest, len(patches)).fill(patches)
    with _stopped_after(seconds_limit * len(patches)) as options:
        try:
            (values,) = session.run([manifest.output_name], {manifest.input_name: feed}, options)
        except Exception as error:  # ONNX Runtime's errors share no narrower base
            why = (
                f"takes more than {seconds_limit:g} s per patch"
                if options.terminate
                else "fails when it is run"
            )
            raise bad_network(why) from error
    expected = (len(patches), manifest.length)
    if not isinstance(values, np.ndarray) or values.shape != expected:
        raise bad_network(f"gives {getattr(values, 'shape', 'no array')} where {expected} is expected")
    return values


@contextmanager
def _stopped_after(seconds: float) -> Iterator[Any]:
    """Give options under which a run ends at its next node after so long."""
    options = ort.RunOptions()
    options.log_severity_level = 4
    timer = threading.Timer(seconds, setattr, (options, "terminate", True))
    timer.start()
    try:
        yield options
    finally:
        timer.cancel()


def _check_ends(session: Any, manifest: Manifest) -> None:
    """Compare what the file says of its input and output with the manifest."""
    inputs = session.get_inputs()
    if [one.name for one in inputs] != [manifest.input_name]:
        raise bad_network(f"has the inputs {_names(inputs)}, not only {manifest.input_name!r}")
    outputs = [one for one in session.get_outputs() if one.name == manifest.output_name]
    if not outputs:
        raise bad_network(f"has the outputs {_names(session.get_outputs())}, not {manifest.output_name!r}")
    for one, expected in ((inputs[0], manifest.input_shape(1)), (outputs[0], (1, manifest.length))):
        if one.type != "tensor(float)":
            raise bad_network(f"has {one.type} in {one.name!r}, where 32 bit numbers are read")
        _check_shape(one.name, one.shape, expected)


def _check_shape(name: str, shape: list[Any], expected: tuple[int, ...]) -> None:
    """A size that the file leaves open fits any; the number of patches must be one of these."""
    if not shape:  # nothing is said, which running has to show
        return
    if len(shape) != len(expected):
        raise bad_network(f"has {len(shape)} axes in {name!r} where {len(expected)} are expected")
    if isinstance(shape[0], int):
        raise bad_network(f"takes {shape[0]} patches at a time in {name!r}: its first axis must be left open")
    for size, wanted in zip(shape[1:], expected[1:], strict=True):
        if isinstance(size, int) and size != wanted:
            raise bad_network(f"has the size {size} in {name!r} where the manifest says {wanted}")


def _names(ends: list[Any]) -> str:
    return ", ".join(repr(one.name[:80]) for one in ends[:5]) or "none"


def _check_values(values: NDArray[np.float32], *, probabilities: bool) -> None:
    if not np.isfinite(values).all():
        raise bad_network("gives numbers that are not finite")
    if probabilities and (values.min() < 0 or np.abs(values.sum(axis=1) - 1).max() > _SUM_TOLERANCE):
        raise bad_network("gives rows that are no probabilities: each must be at least 0 and sum to 1")


def _timed(path: Path, manifest: Manifest, patches: NDArray[np.uint8], values: NDArray[np.float32]) -> float:
    """Return the seconds per patch of the network as it will be run, one patch at a time.

    Raises BadInput where that gives other numbers: then they depend on the batch, or on chance.
    """
    network = Network(path, manifest, device="cpu", threads=1)
    network.run(patches[:1])
    start = time.perf_counter()
    again = np.concatenate([network.run(one[None]) for one in patches])
    seconds = time.perf_counter() - start
    if np.abs(again - values).max() > _TOLERANCE * max(1.0, float(np.abs(values).max())):
        raise bad_network(
            "gives other numbers for the same patch: they depend on chance, or on its neighbours"
        )
    return seconds / len(patches)


if __name__ == "__main__":
    main()
