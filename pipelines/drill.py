"""Rehearse the ways in which a job may end, so that what watches over jobs can be seen to work."""

import ctypes
import os
import time
from collections import deque
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from typing import Literal, NoReturn

from pipelines.errors import BadInput

Ending = Literal["succeed", "fail", "raise", "spin", "stall", "exhaust", "abort"]
Tick = Callable[[int, int, str], None]  # (done, total, phase); may raise to stop the work

OUTPUT = "drill.bin"
_STEP_SECONDS = 0.05  # between two ticks
_BLOCK_BYTES = 1 << 20
_EXHAUST_BYTES = 1 << 26  # taken at once, and touched


def drill(
    seconds: float = 0.0,
    ending: Ending = "succeed",
    output_bytes: int = 0,
    out_dir: Path | None = None,
    tick: Tick | None = None,
) -> int:
    """Take `seconds`, then do as `ending` says; give the bytes written to `drill.bin` in `out_dir`.

    The output is written before any ending. fail raises BadInput (drill_failed), raise a RuntimeError;
    spin holds the interpreter inside C for ever, stall sleeps for ever without a tick, exhaust takes memory
    until it is killed, abort ends the process by SIGABRT.
    """
    _wait(seconds, tick)
    written = _write(out_dir / OUTPUT, output_bytes) if out_dir is not None and output_bytes else 0
    _end(ending)
    return written


def _end(ending: Ending) -> None:
    match ending:
        case "succeed":
            return
        case "fail":
            raise BadInput("the drill was told to fail", code="drill_failed")
        case "raise":
            raise RuntimeError("the drill was told to raise")
        case "spin":
            _spin()
        case "stall":
            _stall()
        case "exhaust":
            _exhaust()
        case "abort":
            os.abort()


def _wait(seconds: float, tick: Tick | None) -> None:
    steps = max(1, round(seconds / _STEP_SECONDS))
    for step in range(steps):
        time.sleep(seconds / steps)
        if tick:
            tick(step + 1, steps, "drilling")


def _write(path: Path, size: int) -> int:
    """Write bytes that are the same each time: 0, 1, 2 … 255, over and over."""
    block = bytes(range(256)) * (_BLOCK_BYTES // 256)
    with path.open("wb") as file:
        for start in range(0, size, _BLOCK_BYTES):
            file.write(block[: size - start])
    return size


def _spin() -> NoReturn:
    """Run inside C and never let go of the interpreter: no Python signal handler or thread runs again."""
    deque(repeat(None), maxlen=0)
    raise AssertionError("an endless iterator has ended")


def _stall() -> NoReturn:
    while True:
        time.sleep(3600)


def _exhaust() -> NoReturn:
    held = []
    while True:
        block = ctypes.create_string_buffer(_EXHAUST_BYTES)
        ctypes.memset(block, 1, _EXHAUST_BYTES)
        held.append(block)
