"""A drill ends as it is told."""

import signal
import subprocess
import sys
import time

import psutil
import pytest

from pipelines.drill import drill
from pipelines.errors import BadInput


def test_a_drill_ticks_and_writes_the_same_bytes_each_time(tmp_path):
    ticks = []

    written = drill(0.1, "succeed", 2_500_000, tmp_path, lambda *tick: ticks.append(tick))

    content = (tmp_path / "drill.bin").read_bytes()
    assert written == len(content) == 2_500_000
    assert content[:3] + content[-1:] == bytes([0, 1, 2, (2_500_000 - 1) % 256])
    assert ticks == [(1, 2, "drilling"), (2, 2, "drilling")]


def test_a_drill_may_fail_as_bad_input():
    with pytest.raises(BadInput) as refusal:
        drill(ending="fail")

    assert refusal.value.code == "drill_failed"


def test_a_drill_may_raise_what_nobody_expects():
    with pytest.raises(RuntimeError, match="told to raise"):
        drill(ending="raise")


@pytest.fixture
def start_drill():
    """Give a starter of drills in a process of their own, whose SIGTERM handler exits with 3."""
    started = []

    def start(ending: str) -> psutil.Popen:
        script = (
            "import signal; from pipelines.drill import drill;"
            "signal.signal(signal.SIGTERM, lambda *_: exit(3));"
            f"drill(ending={ending!r}, tick=lambda *_: print('ready', flush=True))"
        )
        process = psutil.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        started.append(process)
        process.stdout.readline()
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def test_a_drill_may_abort(start_drill):
    process = start_drill("abort")

    assert process.wait() == -signal.SIGABRT


def test_a_stalled_drill_still_hears_a_signal(start_drill):
    process = start_drill("stall")

    process.terminate()

    assert process.wait() == 3


def test_a_spinning_drill_hears_none(start_drill):
    process = start_drill("spin")
    before = process.cpu_times().user
    while process.cpu_times().user < before + 0.2:  # it spins for certain
        time.sleep(0.01)

    process.terminate()

    with pytest.raises(psutil.TimeoutExpired):
        process.wait(0.5)


def test_a_drill_may_exhaust_its_memory():
    script = (
        "import resource; from pipelines.drill import drill;"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29)); drill(ending='exhaust')"
    )

    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "MemoryError" in ended.stderr
