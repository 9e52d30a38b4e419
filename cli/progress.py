"""A live bar on a terminal, a line now and then anywhere else."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from darkroom.client_answers import Job, JobProgress
from darkroom.jobs import JobState

LINE_SECONDS = 2.0  # between two lines where there is no terminal
MEGABYTE = 1e6


class Bar:
    """Shows one thing after another that takes its time: an upload, the phases of a job, a download."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description:<10}"),
                BarColumn(bar_width=32),
                TextColumn("{task.percentage:>3.0f}%"),
                TextColumn("{task.fields[note]}"),
                console=self._console,
            )
        self._what = ""
        self._said_at = float("-inf")
        self._began = (0.0, 0)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def bytes(self, what: str, done: int, total: int) -> None:
        """Show that so many bytes of a transfer have passed."""
        rate = self._rate(what, done) / MEGABYTE
        note = f"{done / MEGABYTE:.1f}/{total / MEGABYTE:.1f} MB, {rate:.0f} MB/s"
        self._show(what, done, total, note)

    def count(self, what: str, done: int, total: int, eta_seconds: float | None = None) -> None:
        """Show that so many steps (frames, where a movie is followed) of a phase are done."""
        rate = self._rate(what, done)
        if eta_seconds is None and rate > 0 and total:
            eta_seconds = (total - done) / rate
        note = f"{done}/{total}" if total else ""
        if rate > 0 and total:
            note += f", {rate:.0f}/s"
        if eta_seconds is not None and done < total:
            note += f", ETA {_clock(eta_seconds)}"
        self._show(what, done, total, note)

    def job(self, job: Job) -> None:
        """Show how far a job is, or why it waits."""
        progress = job.progress or JobProgress()
        if job.state == JobState.QUEUED:
            self._show("waiting", 0, 0, _why(job))
        elif job.state == JobState.RUNNING:
            self.count(progress.phase or "running", progress.done, progress.total, progress.eta_seconds)
        else:
            self._show(job.state.value, 1, 1, "")

    def _rate(self, what: str, done: int) -> float:
        now = time.monotonic()
        if what != self._what or done < self._began[1]:  # another phase, or the next file
            self._began = (now, done)
        began, first = self._began
        return (done - first) / (now - began) if now > began else 0.0

    def _show(self, what: str, done: int, total: int, note: str) -> None:
        is_new, self._what = what != self._what, what
        if self._bar is None:
            self._line(what, note, is_due=is_new or (total > 0 and done == total))
            return
        if is_new or self._task is None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(what, total=total or None, note=note)
        self._bar.update(self._task, completed=done, total=total or None, note=note)

    def _line(self, what: str, note: str, *, is_due: bool) -> None:
        now = time.monotonic()
        if is_due or now - self._said_at >= LINE_SECONDS:
            self._said_at = now
            print(f"{what}: {note}" if note else what, file=sys.stderr, flush=True)


def _why(job: Job) -> str:
    if job.waiting is None:
        return ""
    if job.waiting.reason:
        return job.waiting.reason
    return f"{job.waiting.ahead} ahead, {job.waiting.workers} workers"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"
