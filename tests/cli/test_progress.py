import pytest

from cli.progress import Bar
from darkroom.client_answers import Job, JobProgress, JobWaiting
from darkroom.jobs import JobState


@pytest.fixture
def bar(monkeypatch):
    """A bar where there is no terminal, that says every line."""
    monkeypatch.setattr("cli.progress.LINE_SECONDS", 0.0)
    with Bar() as bar:
        yield bar


def job(state, **fields):
    return Job(id=1, kind="track", state=JobState(state), **fields)


def test_each_state_of_a_job_is_a_line(bar, capsys):
    bar.job(job("queued", waiting=JobWaiting(reason="2 ahead on the queue 'cpu'")))
    bar.job(job("running", progress=JobProgress(done=60, total=240, phase="tracking", eta_seconds=63.4)))
    bar.job(job("succeeded"))

    assert capsys.readouterr().err.splitlines() == [
        "waiting: 2 ahead on the queue 'cpu'",
        "tracking: 60/240, ETA 1:03",
        "succeeded",
    ]


def test_the_rate_of_the_next_file_starts_anew(bar, capsys):
    bar.bytes("download", 5_000_000, 5_000_000)
    bar.bytes("download", 1_000_000, 2_000_000)

    assert capsys.readouterr().err.splitlines()[1] == "download: 1.0/2.0 MB, 0 MB/s"


def test_lines_come_now_and_then(capsys):
    with Bar() as bar:
        for done in range(1000):
            bar.count("tracking", done, 1000)
        bar.count("tracking", 1000, 1000)

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) < 10
    assert lines[0] == "tracking: 0/1000"
    assert lines[-1].startswith("tracking: 1000/1000")
