"""The ledger's figures as Prometheus reads them."""

from collections.abc import Iterator

from storage.metrics import SECONDS_BOUNDS, Durations, Figures, QueueFigures

QUEUE_GAUGES = (
    ("darkroom_queue_depth", "parts of jobs that wait", "depth"),
    ("darkroom_queue_oldest_seconds", "how long the first of them has been due", "oldest_seconds"),
    ("darkroom_running", "parts of jobs that run", "running"),
    ("darkroom_workers", "live workers that listen", "workers"),
    ("darkroom_slots", "parts that those can run at once", "slots"),
)


def render(figures: Figures) -> str:
    """Return the text exposition format, version 0.0.4."""
    return "\n".join(_lines(figures)) + "\n"


def _lines(figures: Figures) -> Iterator[str]:
    for name, help_text, field in QUEUE_GAUGES:
        yield from _head(name, "gauge", help_text)
        for queue, queue_figures in figures.queues.items():
            yield f'{name}{{queue="{queue}"}} {_value(queue_figures, field)}'
    yield from _head("darkroom_jobs", "gauge", "jobs in the ledger")
    for state, count in figures.jobs_by_state.items():
        yield f'darkroom_jobs{{state="{state}"}} {count}'
    yield from _head("darkroom_attempts_total", "counter", "attempts that ended, by how they did")
    for (kind, cause), count in figures.attempts_by_kind_and_cause.items():
        yield f'darkroom_attempts_total{{kind="{kind}",cause="{cause}"}} {count}'
    yield from _head("darkroom_job_seconds", "histogram", "from the first claim of a job to its end")
    for kind, durations in figures.durations_by_kind.items():
        yield from _histogram(kind, durations)


def _head(name: str, type_: str, help_text: str) -> Iterator[str]:
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} {type_}"


def _value(figures: QueueFigures, field: str) -> str:
    value = getattr(figures, field)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _histogram(kind: str, durations: Durations) -> Iterator[str]:
    for bound, count in zip(SECONDS_BOUNDS, durations.at_most, strict=True):
        yield f'darkroom_job_seconds_bucket{{kind="{kind}",le="{bound:g}"}} {count}'
    yield f'darkroom_job_seconds_bucket{{kind="{kind}",le="+Inf"}} {durations.count}'
    yield f'darkroom_job_seconds_sum{{kind="{kind}"}} {durations.total_seconds:.3f}'
    yield f'darkroom_job_seconds_count{{kind="{kind}"}} {durations.count}'
