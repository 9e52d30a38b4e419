"""Ties a process to the one that started it: when that one dies, even by SIGKILL, this one is asked to leave."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # Source: prctl(2); survives execve


def follow(parent: int) -> None:
    """Have the kernel send SIGTERM to this process when `parent` (a process id) is gone; on Linux only."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGTERM)
