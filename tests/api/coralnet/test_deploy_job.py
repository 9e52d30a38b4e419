"""A deploy is polled until it leads to its result, in which every image has points or errors."""

import io

import msgspec
import pytest

from api import app
from darkroom.jobs import Cause, Output, Result
from storage import jobs
from storage.classify import classifiers, labels, removal
from storage.engine import write
from storage.leases import Ending
from storage.tables import jobs as job_table
from tests.api.coralnet.conftest import MEDIA_TYPE, NONE, POINTS, URL, Script, detail, image

NO_JOB = "This deploy job doesn't exist or is not accessible"
GONE = "https://commons.wikimedia.org/wiki/File:Porites_porites_French_Bay.jpg"
INTERNAL = "An internal error occurred; the job can be resubmitted."
SCORES = [[1, 0.8926345481464616], [2, 0.03736297079656042], [3, 0.024002975584768303]]
CLASSIFICATIONS = [
    {
        "label_id": 1,
        "label_name": "CREP-T1 Coral",
        "label_code": "*CORAL",
        "score": 0.8926345481464616,
    },
    {
        "label_id": 2,
        "label_name": "CREP-T1 Crustose coralline algae",
        "label_code": "*CCA",
        "score": 0.03736297079656042,
    },
    {
        "label_id": 3,
        "label_name": "CREP-T1 Sediment",
        "label_code": "*SED",
        "score": 0.024002975584768303,
    },
]
CALLED = [{"id": one["label_id"], "code": "old", "name": "old"} for one in CLASSIFICATIONS]


def seen(index, url=URL, points=POINTS):
    return {"index": index, "url": url, "points": [{**point, "classes": SCORES} for point in points]}


def failed(index, url, message):
    return {"index": index, "url": url, "error": {"code": "x", "message": message}}


@pytest.fixture
def finish(bench):
    """End the part that waits longest as a worker does that says this of its image."""

    def end(entry):
        claim = bench.claim("cpu")
        content = msgspec.json.encode({"labels": CALLED, "images": [entry]})
        name = f"{claim.part}-classified.json"
        blob = bench.services.blobs.put(f"results/{claim.token}/{name}", io.BytesIO(content))
        output = Output(name, blob.key, blob.sha256, blob.size, "application/json")
        summary = {"classified": int("error" not in entry), "failed": int("error" in entry)}
        bench.settle(claim, Ending(Cause.SUCCEEDED, result=Result([output], summary)))
        return claim.job_id

    return end


@pytest.fixture
def deployed(script, classifier):
    """The paths of status and result of a deploy of these images."""

    def deploy(*images):
        status = script.deploy(classifier, *images).headers["Location"]
        return status, status.replace("/status/", "/result/")

    return deploy


def standing(reply):
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, MEDIA_TYPE), reply.text
    (job,) = reply.json["data"]
    return job["attributes"]


def test_a_deploy_is_polled_to_its_result(script, deployed, finish, bench):
    status, result = deployed(image(), image(url=GONE))

    waiting = script.look(status)
    finish(seen(0))
    halfway = script.look(status)
    early = script.look(result)
    job_id = finish(failed(1, GONE, "Could not download this image."))
    over = script.look(status)
    answer = script.look(result)

    assert waiting.json == {
        "data": [
            {
                "type": "job",
                "id": str(job_id),
                "attributes": {"successes": 0, "failures": 0, "total": 2, "status": "Pending"},
            }
        ]
    }
    assert standing(halfway) == {"successes": 1, "failures": 0, "total": 2, "status": "In Progress"}
    assert (early.status_code, detail(early)) == (409, "This job isn't finished yet")
    assert (over.status_code, over.content, over.headers["Content-Type"]) == (303, b"", NONE)
    assert over.headers["Location"] == f"/api/deploy_job/{job_id}/result/"
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.json == {
        "data": [
            {
                "type": "image",
                "id": URL,
                "attributes": {
                    "url": URL,
                    "points": [{**point, "classifications": CLASSIFICATIONS} for point in POINTS],
                },
            },
            {
                "type": "image",
                "id": GONE,
                "attributes": {"url": GONE, "errors": ["Could not download this image."]},
            },
        ]
    }


def test_a_job_that_runs_is_in_progress(script, deployed, bench):
    status, _ = deployed(image())

    bench.claim("cpu")

    assert standing(script.look(status))["status"] == "In Progress"


def test_images_that_nobody_can_say_anything_of_have_failed(script, deployed, bench, services):
    status, result = deployed(image(), image(url=GONE))
    with write(services.engine) as db:
        jobs.cancel(db, int(status.split("/")[3]), 1, 60.0)

    over, answer = script.look(status), script.look(result)

    assert over.status_code == 303
    assert [one["attributes"] for one in answer.json["data"]] == [
        {"url": URL, "errors": [INTERNAL]},
        {"url": GONE, "errors": [INTERNAL]},
    ]


def test_urls_and_points_may_come_twice(script, deployed, finish):
    twice = [POINTS[0], POINTS[0], POINTS[1]]
    _, result = deployed(image(points=twice), image(points=twice))
    for index in range(2):
        finish(seen(index, points=twice))

    answer = script.look(result).json["data"]

    assert [one["id"] for one in answer] == [URL, URL]
    assert [point["column"] for point in answer[1]["attributes"]["points"]] == [500, 500, 900]


def test_labels_are_called_as_they_are_now(script, deployed, finish, services):
    _, result = deployed(image())
    finish(seen(0))
    with write(services.engine) as db:
        labels.change(db, 1, 1, 1, code="*PORITES")

    points = script.look(result).json["data"][0]["attributes"]["points"]

    assert points[0]["classifications"][0]["label_code"] == "*PORITES"


def test_a_classifier_that_goes_meanwhile_takes_nothing_along(script, make_classifier, finish, services, ada):
    job = ada.submit({"kind": "drill"}).json["id"]  # stands for its training
    classifier = make_classifier(job=job)
    status = script.deploy(classifier).headers["Location"]
    with write(services.engine) as db:
        removal.remove_classifier(db, classifier, 1, 60.0)

    finish(seen(0))

    over = script.look(status)
    assert over.status_code == 303
    assert "points" in script.look(over.headers["Location"]).json["data"][0]["attributes"]


@pytest.mark.parametrize("path", ["status", "result"])
def test_a_job_is_its_owners(script, stranger, nobody, deployed, path):
    ours = deployed(image())[path == "result"]

    theirs = [
        stranger.look(ours),
        script.look(f"/api/deploy_job/999/{path}/"),
        script.look(f"/api/deploy_job/{10**30}/{path}/"),
    ]

    assert [(reply.status_code, detail(reply)) for reply in theirs] == [(404, NO_JOB)] * 3
    assert nobody.look(ours).status_code == 403


def test_only_deploys_are_deploy_jobs(script, services, ada, track):
    job = ada.submit(track).json["id"]
    token = ada._default_headers["Authorization"].removeprefix("Bearer ")

    reply = Script(app.mount(services), token).look(f"/api/deploy_job/{job}/status/")

    assert (reply.status_code, detail(reply)) == (404, NO_JOB)


def test_a_result_that_has_expired_is_not_there(script, deployed, finish, services):
    status, result = deployed(image())
    finish(seen(0))
    with write(services.engine) as db:
        db.execute(job_table.update().values(expires_at=0.0))
        jobs.expire_results(db)

    replies = [script.look(status), script.look(result)]

    assert [(reply.status_code, detail(reply)) for reply in replies] == [(404, NO_JOB)] * 2


def test_heads_have_no_body(script, deployed, finish):
    status, result = deployed(image())
    finish(seen(0))

    heads = [script.simulate_head(path) for path in (status, result)]

    assert [(head.status_code, head.content) for head in heads] == [(303, b""), (200, b"")]
    assert heads[0].headers["Location"] == result


def test_a_path_needs_no_slash_at_its_end(script, deployed):
    status, _ = deployed(image())

    assert standing(script.look(status.rstrip("/")))["total"] == 1


def test_users_see_their_own_deploys(script, stranger, deployed, finish):
    ids = [int(deployed(image())[0].split("/")[3]) for _ in range(3)]
    ended = finish(seen(0))
    open_ids = [one for one in ids if one != ended]

    own, others = script.look("/api/user/stephen/"), stranger.look("/api/user/stephen/")

    assert own.json == {
        "data": {
            "active_jobs": [{"type": "jobs", "id": str(one)} for one in open_ids],
            "recently_completed_jobs": [{"type": "jobs", "id": str(ended)}],
        },
        "meta": {"max_active_jobs": 5},
    }
    assert others.status_code == 404
    assert detail(others) == "You can only see details for the user you're logged in as"


def test_a_classifier_is_deployed_as_soon_as_its_job_has_ended(script, make_classifier, ada, bench):
    job = ada.submit({"kind": "drill"}).json["id"]  # stands for its training
    classifier = make_classifier(state=classifiers.State.TRAINING, job=job)

    before = script.deploy(classifier)
    bench.succeed(outputs=[bench.make("model.onnx", b"a model")])
    after = script.deploy(classifier)

    assert [before.status_code, after.status_code] == [409, 202]
