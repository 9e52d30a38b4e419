"""The child: runs one attempt after another as its worker says, and dies with it."""

import contextlib
import ctypes
import errno
import functools
import multiprocessing.forkserver
import os
import platform
import resource
import signal
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from darkroom import log as logs
from darkroom.errors import DarkroomError, Unavailable
from darkroom.jobs import Cause, Failure, Output, Result
from darkroom.kinds import KINDS
from darkroom.settings import Settings
from pipelines.classify.network import Device, devices
from pipelines.errors import BadInput, CannotDecode
from storage import blobs as stores
from workers.actors.table import ACTORS
from workers.movies import Movies
from workers.networks import Networks
from workers.work import Ended, Made, Spec, Ticked, Work

log = structlog.get_logger()

TICK_SECONDS = 0.2  # ticks pass to the worker at most this often
PR_SET_PDEATHSIG = 1
HEADROOM_BYTES = (
    1 << 30
)  # address space for stacks, arenas and mapped code, beyond what the worker counts as memory
OOM_SCORE = "800"  # let the kernel take a child before its worker
LIBRARIES = (
    "av",
    "opencv-python-headless",
    "numpy",
    "pyarrow",
    "matplotlib",
    "xlsxwriter",
    "onnx",
    "onnxruntime",
    "scikit-learn",
    "darkroom",
)


class Warm(Struct, frozen=True):
    """What a child keeps open from one attempt to the next."""

    movies: Movies
    networks: Networks


def serve(connection: Connection, settings: Settings) -> None:
    """Run attempts until the worker hangs up."""
    _settle_in(settings)
    blobs = stores.connect(settings)
    warm = Warm(Movies(blobs, settings), Networks(settings))
    with contextlib.suppress(EOFError, OSError):  # the worker is gone: so are we
        connection.send_bytes(msgspec.msgpack.encode(Ticked(0, 0, "starting")))
        while True:
            spec = msgspec.msgpack.decode(connection.recv_bytes(), type=Spec)
            ended = _attempt(connection, spec, warm, blobs, settings)
            connection.send_bytes(msgspec.msgpack.encode(ended))


def _settle_in(settings: Settings) -> None:
    logs.setup(settings.log_level)
    _let_go_of_the_server()
    os.setpgid(0, 0)  # one kill reaches whatever we start
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (settings.output_limit_bytes, settings.output_limit_bytes))
    data_bytes = settings.memory_limit_bytes + HEADROOM_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, data_bytes))


def _let_go_of_the_server() -> None:
    """Close our copy of the pipe by which the forkserver learns that the worker is gone: it would wait for us, too.

    It dies with the worker then, and with it, by the signal asked for below, whoever of us is deep in native code.
    """
    alive = getattr(multiprocessing.forkserver, "_forkserver")._forkserver_alive_fd  # noqa: B009, SLF001
    if alive is not None:
        os.close(alive)


def _attempt(
    connection: Connection, spec: Spec, warm: Warm, blobs: stores.Blobs, settings: Settings
) -> Ended:
    machine = numerics(settings.network_device)
    try:
        made = _develop(connection, spec, warm, blobs, settings)
        result = Result(outputs=_keep(spec, made, blobs, settings), summary=made.summary)
        ended = Ended(Cause.SUCCEEDED, result=result, failure=made.failure, edition=made.edition)
    except Exception as error:  # noqa: BLE001 - whatever it is, the ledger must hear of it
        ended = _explain(spec, error)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return msgspec.structs.replace(ended, machine={**machine, "peak_memory_bytes": peak})


def _develop(connection: Connection, spec: Spec, warm: Warm, blobs: stores.Blobs, settings: Settings) -> Made:
    if spec.kind not in ACTORS:  # while releases change: a newer worker will take it
        raise Unavailable(f"this worker does not know the kind {spec.kind!r}")
    params = msgspec.json.decode(spec.params, type=KINDS[spec.kind].params)
    inputs = {input_.role: input_ for input_ in spec.inputs}
    work = Work(
        params,
        inputs,
        spec.part,
        Path(spec.scratch),
        blobs,
        settings,
        Ticker(connection),
        warm.movies,
        warm.networks,
        parts_total=spec.parts_total,
        is_join=spec.is_join,
        pieces=spec.pieces,
        owner=spec.owner,
    )
    return ACTORS[spec.kind](work)


class Ticker:
    """Passes progress on, sparsely; a new phase at once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.next_at = 0.0
        self.phase = ""

    def __call__(self, done: int, total: int, phase: str = "") -> None:
        at = time.monotonic()
        if at < self.next_at and phase == self.phase:
            return
        self.next_at, self.phase = at + TICK_SECONDS, phase
        self.connection.send_bytes(msgspec.msgpack.encode(Ticked(done, total, phase)))


def _keep(spec: Spec, made: Made, blobs: stores.Blobs, settings: Settings) -> list[Output]:
    paths = [(name, Path(spec.scratch) / name, content_type) for name, content_type in made.files]
    if sum(path.stat().st_size for _, path, _ in paths) > settings.output_limit_bytes:
        raise OSError(errno.EFBIG, "the results are larger than the limit")
    outputs = []
    for name, path, content_type in paths:
        blob = blobs.put_file(f"{spec.prefix}/{name}", path, content_type=content_type)
        is_piece = spec.parts_total > 1 and not spec.is_join
        named = f"{spec.part:05d}-{name}" if is_piece else name
        outputs.append(Output(named, blob.key, blob.sha256, blob.size, content_type))
    return outputs


def _explain(spec: Spec, error: Exception) -> Ended:  # noqa: PLR0911 - one line per way to fail
    match error:
        case BadInput():
            return Ended(Cause.ERROR, failure=Failure(error.code, str(error), error.hint))
        case CannotDecode():
            can_keep = "keep_partial" in KINDS[spec.kind].params.__struct_fields__
            hint = error.hint or ("keep_partial keeps what came before" if can_keep else None)
            return Ended(Cause.ERROR, failure=Failure("cannot_decode", str(error), hint))
        case Unavailable():
            return Ended(Cause.HANDED_BACK, failure=Failure(error.code, error.message), retry=True, free=True)
        case DarkroomError():
            return Ended(Cause.ERROR, failure=Failure(error.code, error.message, error.hint))
        case MemoryError():
            return Ended(
                Cause.OOM,
                failure=Failure("out_of_memory", "the work needs more memory than its limit"),
                retry=True,
            )
        case OSError(errno=errno.EFBIG):
            return Ended(
                Cause.LIMIT, failure=Failure("output_limit", "the results are larger than the limit")
            )
        case OSError(errno=errno.ENOSPC):
            return Ended(Cause.ERROR, failure=Failure("disk_full", "the worker's disk is full"), retry=True)
        case _:
            log.error("attempt failed", kind=spec.kind, exc_info=error)
            return Ended(
                Cause.ERROR, failure=Failure("internal", f"{type(error).__name__}: {error}"), retry=True
            )


@functools.cache
def numerics(network_device: Device) -> dict[str, Any]:
    """Return what decides the last digits of a result on this machine: processor class and library versions.

    networks: what they run on, where `network_device` is the wish.
    """
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            versions[library] = "absent"
    return {
        "processor": platform.machine(),
        "system": platform.system().lower(),
        "networks": devices()[-1] if network_device == "auto" else network_device,
        "libraries": versions,
    }
