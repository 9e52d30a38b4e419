"""What processes cost together, told from outside."""

import subprocess
import sys

from bench.meter import Meter

OWN, CHILD = 0.3, 0.4  # seconds of CPU
HELD = 150_000_000  # bytes
BURN = "import time\nwhile time.process_time() < {seconds}: pass\n"
PARENT = f"""
import subprocess, sys
held = bytearray({HELD})
del held
{BURN.format(seconds=OWN)}
subprocess.run([sys.executable, "-c", {BURN.format(seconds=CHILD)!r}], check=True)
print("burnt", flush=True)
sys.stdin.read()
"""


def test_ended_children_and_memory_given_back_are_counted():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", PARENT], **pipes) as parent:
        with Meter([parent.pid]) as meter:
            parent.stdout.readline()
        parent.communicate()

    assert OWN + CHILD - 0.1 <= meter.cpu_seconds < OWN + CHILD + 2
    assert meter.peak_bytes >= HELD


def test_what_was_used_before_is_not_counted():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", PARENT], **pipes) as parent:
        parent.stdout.readline()
        with Meter([parent.pid]) as meter:
            pass
        parent.communicate()

    assert meter.cpu_seconds < OWN
