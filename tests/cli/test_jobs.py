"""The verbs about jobs, against a running house."""

import re

import pytest

from darkroom import client_uploads
from darkroom.client import Client
from pipelines.synthetic import write_stem

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def stem(tmp_path_factory):
    path = tmp_path_factory.mktemp("movies") / "stem.mp4"
    write_stem(path, width=160, height=120, frames=12)
    return path


def detach(run, capsys, *words):
    """Submit a job and return its id, as the command prints it."""
    assert run("submit", *words, "--detach") == 0
    return capsys.readouterr().out.strip()


def test_a_movie_is_tracked_and_its_files_are_fetched(at_home, stem, tmp_path, capsys, run):
    status = run(
        "submit",
        "track",
        str(stem),
        "--points",
        "Apex:80,24;80,60",
        "--outputs",
        "csv,movie",
        "-o",
        str(tmp_path),
    )

    assert status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["traced.mp4", "track.csv"]
    assert str(tmp_path / "track.csv") in capsys.readouterr().out
    assert (tmp_path / "track.csv").read_text().count("\n") == 1 + 12 * 2


def test_a_table_is_analysed_and_tracked_on_from(at_home, stem, tmp_path, capsys, run):
    first, again, told = (str(tmp_path / name) for name in ("first", "again", "told"))
    run("submit", "track", str(stem), "--points", "Apex:80,24", "--outputs", "csv,movie", "-o", first)

    analysed = run("submit", "analysis", f"{first}/track.csv", "--param", "frames_per_minute=2", "-o", told)
    earlier = ["--earlier", f"{first}/track.csv", "--traced", f"{first}/traced.mp4", "--outputs", "csv"]
    retraced = run(
        "submit", "track", str(stem), "--points", "Apex:80,24", "--start", "6", *earlier, "-o", again
    )

    assert (analysed, retraced) == (0, 0)
    assert sorted(path.name for path in (tmp_path / "told").iterdir()) == ["analysis.json", "analysis.xlsx"]
    before, after = ((tmp_path / name / "track.csv").read_text() for name in ("first", "again"))
    assert before.splitlines()[:7] == after.splitlines()[:7]
    assert len(after.splitlines()) == 13


def test_a_large_file_goes_in_parts_and_arrives_whole(at_home, tmp_path, monkeypatch):
    monkeypatch.setattr(client_uploads, "PARTS_ABOVE_BYTES", 1 << 20)
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(range(256)) * (17 << 12))  # 17 MiB: two parts

    with Client() as client:
        record = client.probed(client.upload(path).id)

    assert record.size == 17 << 20
    assert record.sha256 == "ec50baf7fce21cbdb746f461b49328154ecce497b9fb1f5675ee13704c605bc4"
    assert record.state == "unusable"


def test_a_point_outside_is_refused_with_the_limit(at_home, stem, capsys, run):
    status = run("submit", "track", str(stem), "--points", "1000,24")

    assert status == 2
    assert "x = 1000 is outside the picture (0 to 159) (/params/points/0/x)" in capsys.readouterr().err


def test_what_is_no_movie_is_refused_with_the_reason(at_home, tmp_path, capsys, run):
    path = tmp_path / "notes.mp4"
    path.write_text("no movie at all")

    status = run("submit", "track", str(path), "--points", "1,2")

    assert status == 2
    assert "not a movie" in capsys.readouterr().err


def test_a_job_that_fails_is_1_and_says_why(at_home, capsys, run):
    status = run("submit", "drill", "--param", "ending=fail", "--no-reuse")

    assert status == 1
    assert re.search(r"job \d+ ended as failed: \w+", capsys.readouterr().err)


def test_a_detached_job_is_waited_for_and_shown(at_home, capsys, run):
    job = detach(run, capsys, "drill", "--seconds", "0.1", "--no-reuse")

    assert run("wait", job) == 0
    assert run("show", job) == 0
    shown = capsys.readouterr().out
    assert f"{job}, drill, succeeded" in shown
    assert "attempt 1" in shown


def test_a_running_job_is_cancelled(at_home, capsys, run):
    job = detach(run, capsys, "drill", "--seconds", "600", "--no-reuse")

    assert run("cancel", job) == 0
    assert run("wait", job) == 1
    assert f"job {job} ended as cancelled" in capsys.readouterr().err


def test_a_rerun_keeps_the_params_that_are_not_changed(at_home, capsys, run):
    job = detach(run, capsys, "drill", "--seconds", "0.1", "--param", "output_bytes=5", "--no-reuse")
    run("wait", job)
    capsys.readouterr()

    assert run("rerun", job, "--param", "seconds=0.2") == 0
    again = capsys.readouterr().out.strip()
    run("show", again)

    shown = capsys.readouterr().out
    assert "'seconds': 0.2" in shown
    assert "'output_bytes': 5" in shown


def test_jobs_are_listed_newest_first(at_home, capsys, run):
    first = detach(run, capsys, "drill", "--no-reuse")
    second = detach(run, capsys, "drill", "--no-reuse")

    assert run("jobs", "--kind", "drill", "-n", "2") == 0

    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == [second, first]


def test_a_wrong_token_is_refused(at_home, monkeypatch, capsys, run):
    monkeypatch.setenv("DARKROOM_TOKEN", "drk_wrong")

    assert run("jobs") == 2
    assert "the token is not known" in capsys.readouterr().err


def test_doctor_finds_a_running_house_well(at_home, monkeypatch, capsys, run):
    monkeypatch.setenv("DARKROOM_BIND", at_home.bind)

    assert run("doctor") == 0
    told = capsys.readouterr().out
    assert "fail" not in told
    assert f"ready at http://{at_home.bind}" in told
