"""What a job made, through the native door."""

import pytest

from darkroom.jobs import Cause, Failure, Result
from storage.engine import write
from storage.leases import Ending
from storage.tables import jobs

DRILL = {"kind": "drill", "params": {}, "reuse": False}


@pytest.fixture
def job(ada, bench):
    """A drill that made one file."""
    ada.submit(DRILL)
    return bench.succeed(
        summary={"points": 1}, outputs=[bench.make("track.csv", b"x,y\n1,2\n")], machine='{"cpu": "x86"}'
    )


def test_a_result_has_values_and_signed_links(ada, anybody, job):
    result = ada.simulate_get(f"/v1/jobs/{job}/result").json

    assert result["summary"] == {"points": 1}
    assert result["outputs"][0]["name"] == "track.csv"
    assert result["outputs"][0]["size"] == 8
    reply = anybody.follow(result["outputs"][0]["url"])
    assert reply.content == b"x,y\n1,2\n"
    assert reply.headers["Content-Type"] == "text/csv"
    assert reply.headers["Content-Disposition"].startswith('attachment; filename="track.csv"')


@pytest.mark.parametrize("path", ["/v1/jobs/1/result?output=track.csv", "/v1/jobs/1/outputs/track.csv"])
def test_a_file_is_one_redirect_away(ada, anybody, job, path):
    reply = ada.simulate_get(path)

    assert reply.status_code == 303
    assert anybody.follow(reply.headers["Location"]).content == b"x,y\n1,2\n"


def test_a_file_that_was_not_made_is_not_found(ada, job):
    assert ada.simulate_get("/v1/jobs/1/outputs/track.mp4").status_code == 404


def test_a_result_that_is_not_ready_says_when_to_ask_again(ada):
    ada.submit(DRILL)

    reply = ada.simulate_get("/v1/jobs/1/result")

    assert reply.status_code == 409
    assert reply.json["code"] == "not_ready"
    assert reply.headers["Retry-After"] == "1"


def test_a_failed_job_has_no_result(ada, bench):
    ada.submit(DRILL)
    bench.fail("bad_input", "no frames")

    reply = ada.simulate_get("/v1/jobs/1/result")

    assert reply.status_code == 409
    assert reply.json["code"] == "conflict"
    assert reply.json["detail"] == "job 1 has no result, it is failed: no frames"


def test_a_partial_result_is_given_with_what_went_wrong(ada, bench):
    ada.submit(DRILL)
    ending = Ending(
        Cause.SUCCEEDED, result=Result(summary={"frames": 7}), failure=Failure("cut", "broke off")
    )
    bench.settle(bench.claim(), ending)

    result = ada.simulate_get("/v1/jobs/1/result").json

    assert result["state"] == "partial"
    assert result["summary"] == {"frames": 7}
    assert result["failure"]["code"] == "cut"


def test_an_expired_result_is_gone(ada, job, services):
    with write(services.engine) as db:
        db.execute(jobs.update().values(expired=True))

    reply = ada.simulate_get(f"/v1/jobs/{job}/result")

    assert reply.status_code == 410
    assert reply.json["hint"] == "run the job again"


def test_every_attempt_is_told_with_its_cause(ada, bench):
    ada.submit(DRILL)
    failure = Failure("oom", "killed at 4 GiB")
    bench.settle(bench.claim(), Ending(Cause.OOM, failure=failure, retry=True, delay_seconds=0.0))
    bench.succeed(machine='{"opencv": "5.0"}')

    tries = ada.simulate_get("/v1/jobs/1/attempts").json["attempts"]

    assert [(one["number"], one["cause"]) for one in tries] == [(1, "oom"), (2, "succeeded")]
    assert tries[0]["failure"]["message"] == "killed at 4 GiB"
    assert tries[1]["machine"] == {"opencv": "5.0"}


def test_provenance_names_inputs_outputs_params_and_machine(ada, bench, track):
    job = ada.submit(track).json["id"]
    bench.succeed("cpu", outputs=[bench.make("track.csv", b"1")], machine='{"cpu": "x86"}')

    record = ada.simulate_get(f"/v1/jobs/{job}/provenance").json

    assert record["kind"] == "track"
    assert record["params"]["points"] == [{"label": "Apex", "x": 278.0, "y": 166.0}]
    assert record["inputs"][0]["role"] == "movie"
    assert len(record["inputs"][0]["sha256"]) == 64
    assert [output["name"] for output in record["outputs"]] == ["track.csv"]
    assert record["attempts"][0]["machine"] == {"cpu": "x86"}
    assert record["comparison"] is None


def test_a_rerun_with_equal_outputs_is_identical(ada, bench, job):
    rerun = ada.simulate_post(f"/v1/jobs/{job}/rerun").json["id"]
    bench.succeed(outputs=[bench.make("track.csv", b"x,y\n1,2\n")])

    comparison = ada.simulate_get(f"/v1/jobs/{rerun}/provenance").json["comparison"]

    assert comparison == {"job": job, "verdict": "identical", "differences": []}


def test_a_rerun_with_other_outputs_names_them(ada, bench, job):
    rerun = ada.simulate_post(f"/v1/jobs/{job}/rerun").json["id"]
    bench.succeed(outputs=[bench.make("track.csv", b"x,y\n1,3\n"), bench.make("extra.csv", b"1")])

    comparison = ada.simulate_get(f"/v1/jobs/{rerun}/provenance").json["comparison"]

    assert comparison["verdict"] == "differs"
    assert [one["name"] for one in comparison["differences"]] == ["extra.csv", "track.csv"]
    assert comparison["differences"][0]["other_sha256"] is None


def test_a_reused_result_tells_the_attempts_that_made_it(ada, bench):
    ada.submit({"kind": "drill", "params": {}})
    bench.succeed(machine='{"cpu": "x86"}')
    reused = ada.submit({"kind": "drill", "params": {}}).json["id"]

    record = ada.simulate_get(f"/v1/jobs/{reused}/provenance").json

    assert record["reused_from"] == 1
    assert record["attempts"][0]["machine"] == {"cpu": "x86"}
