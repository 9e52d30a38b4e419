"""A deploy is checked in the order of the wire, and becomes one job that ends."""

import threading
from datetime import timedelta

import msgspec
import pytest

from api import app
from darkroom.jobs import Failure
from storage import users
from storage.classify import members
from storage.classify.classifiers import State
from storage.engine import read, write
from storage.tables import jobs
from tests.api.coralnet.conftest import (
    MEDIA_TYPE,
    NONE,
    POINTS,
    URL,
    Script,
    complaint,
    detail,
    image,
)

NO_CLASSIFIER = "This classifier doesn't exist or is not accessible"
FULL = (
    "You already have 2 jobs active (IDs: {ids}). You must wait until one of them finishes"
    " before requesting another job."
)


def id_of(reply):
    assert reply.status_code == 202, reply.text
    return int(reply.headers["Location"].split("/")[3])


def test_a_deploy_is_one_job_and_its_answer_a_path(script, classifier, services):
    reply = script.deploy(classifier, image(), image(url="http://x/ y?a=%20"))

    assert reply.status_code == 202
    assert reply.content == b""
    assert reply.headers["Content-Type"] == NONE
    assert reply.headers["Location"] == f"/api/deploy_job/{id_of(reply)}/status/"
    with read(services.engine) as db:
        (row,) = db.execute(jobs.select().where(jobs.c.kind == "classify")).all()
    params = msgspec.json.decode(row.params)
    assert (row.owner, row.dialect) == (1, "coralnet")
    assert [one["url"] for one in params["images"]] == [URL, "http://x/ y?a=%20"]
    assert params["images"][0]["points"] == POINTS
    assert (params["classifier"], params["top"], params["overlay"]) == (classifier, 5, False)


def test_an_equal_deploy_is_done_anew(script, classifier):
    first, second = (id_of(script.deploy(classifier)) for _ in range(2))

    assert first != second


def test_a_deploy_needs_no_slash_at_its_end(script, classifier):
    reply = script.post(f"/api/classifier/{classifier}/deploy", {"data": [image()]})

    assert id_of(reply) > 0


def test_a_type_has_parameters_and_any_case(script, classifier):
    path = f"/api/classifier/{classifier}/deploy/"

    reply = script.post(path, {"data": [image()]}, "Application/VND.api+JSON; charset=utf-8")

    assert id_of(reply) > 0


def test_of_two_members_of_one_name_the_last_counts(script, classifier):
    doubled = b'{"data": 1, "data": []}'

    reply = script.post(f"/api/classifier/{classifier}/deploy/", doubled)

    assert complaint(reply) == ("Ensure this array is non-empty.", "/data")


@pytest.mark.parametrize("row", [10**30, 2**31, 2**63])
def test_a_row_beyond_everything_concerns_its_image_alone(script, classifier, row):
    reply = script.deploy(classifier, image(points=[{"row": row, "column": 0}]))

    assert id_of(reply) > 0


@pytest.mark.parametrize("url", ["", "nourl", "file:///etc/passwd", "http://127.0.0.1/"])
def test_a_url_that_leads_nowhere_concerns_its_image_alone(script, classifier, url):
    assert id_of(script.deploy(classifier, image(url=url))) > 0


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            b"{",
            "JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            b'\xef\xbb\xbf{"data": []}',
            "JSON parse error - Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)",
        ),
        (b'{"data": NaN}', "JSON parse error - Out of range float values are not JSON compliant: 'NaN'"),
        (b"[" * 40 + b"]" * 40, "JSON parse error - nested deeper than 32"),
    ],
)
def test_what_is_no_json_is_told_without_a_pointer(script, classifier, raw, told):
    reply = script.post(f"/api/classifier/{classifier}/deploy/", raw)

    assert reply.status_code == 400
    assert complaint(reply) == (told, None)


@pytest.mark.parametrize("raw", [b"\xff", b'{"data": "\xed\xa0\x80"}', b'{"data": 1' + b"0" * 5000 + b"}"])
def test_bytes_that_are_no_text_are_refused(script, classifier, raw):
    reply = script.post(f"/api/classifier/{classifier}/deploy/", raw)

    assert reply.status_code == 400
    assert detail(reply).startswith("JSON parse error - ")


def test_no_body_is_one_without_data(script, classifier):
    reply = script.simulate_post(f"/api/classifier/{classifier}/deploy/")

    assert reply.status_code == 400
    assert complaint(reply) == ("Ensure this hash has a 'data' key.", "/")


@pytest.mark.parametrize(
    ("content_type", "told"),
    [
        ("application/json", "application/json"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        (None, ""),
    ],
)
def test_another_type_is_refused(script, classifier, content_type, told):
    reply = script.post(f"/api/classifier/{classifier}/deploy/", {"data": []}, content_type)

    assert reply.status_code == 415
    assert detail(reply) == f"Content type should be application/vnd.api+json, not {told}"


def test_a_body_beyond_the_limit_is_refused(settings, make_services, script, classifier):
    small = make_services(msgspec.structs.replace(settings, coralnet_body_limit_bytes=100))

    reply = Script(app.mount(small), script.token).deploy(classifier)

    assert reply.status_code == 413
    assert detail(reply) == "a body has at most 100 bytes"


def test_checks_come_in_the_order_of_the_wire(script, nobody, classifier, ordered):
    path, good = "/api/classifier/{}/deploy/", {"data": [image()]}
    before = ordered()

    statuses = [
        nobody.simulate_get(path.format(classifier)).status_code,
        script.simulate_get(path.format(classifier)).status_code,
        nobody.post(path.format(999), good, "text/plain").status_code,
        script.post(path.format(999), good, "text/plain").status_code,
        script.post(path.format(999), b"{").status_code,
        script.post(path.format(999), {}).status_code,
        script.post(path.format(classifier), {}).status_code,
    ]

    assert statuses == [403, 405, 403, 415, 400, 404, 400]
    assert ordered() == before


@pytest.mark.parametrize("named", ["999", "0", str(10**30), "9" * 5000])
def test_a_classifier_that_is_not_there_is_not_found(script, named):
    reply = script.deploy(named)

    assert (reply.status_code, detail(reply)) == (404, NO_CLASSIFIER)


@pytest.mark.parametrize("named", ["abc", "-1", "1.0", "²"])
def test_what_is_no_number_leads_nowhere(script, named):
    reply = script.deploy(named)

    assert (reply.status_code, detail(reply)) == (404, "Not found.")


def test_a_private_source_opens_to_its_members(script, stranger, classifier, services):
    before = stranger.deploy(classifier)
    with write(services.engine) as db:
        members.put(db, 1, 1, users.by_name(db, "eve").id, may_edit=False)

    after = stranger.deploy(classifier)

    assert (before.status_code, detail(before)) == (404, NO_CLASSIFIER)
    assert id_of(after) > 0


def test_a_public_source_opens_to_everybody(stranger, make_classifier):
    assert id_of(stranger.deploy(make_classifier(is_public=True))) > 0


def test_a_classifier_that_is_being_trained_is_waited_for(script, make_classifier, ordered):
    reply = script.deploy(make_classifier(state=State.TRAINING))

    assert reply.status_code == 409
    assert detail(reply) == "classifier 1 is still being trained"
    assert reply.headers["Retry-After"] == "5"


def test_a_classifier_that_was_not_made_is_refused(script, make_classifier):
    failed = make_classifier(state=State.FAILED, failure=Failure("too_few", "there is one label only"))

    reply = script.deploy(failed)

    assert reply.status_code == 409
    assert detail(reply) == "classifier 1 was not made: there is one label only"


def test_so_many_deploys_may_be_active_and_no_more(settings, make_services, script, classifier, bench):
    services = make_services(msgspec.structs.replace(settings, coralnet_active_jobs_limit=2))
    script = Script(app.mount(services), script.token)
    ids = [id_of(script.deploy(classifier)) for _ in range(2)]

    refused = script.post("/api/classifier/999/deploy/", b"{", "text/plain")
    bench.succeed("cpu")
    after = script.deploy(classifier)

    assert refused.status_code == 429
    assert detail(refused) == FULL.format(ids=f"{ids[0]}, {ids[1]}")
    assert refused.headers["Retry-After"] == "10"
    assert id_of(after) > 0


def test_parallel_deploys_do_not_pass_the_limit(settings, make_services, script, classifier):
    services = make_services(msgspec.structs.replace(settings, coralnet_active_jobs_limit=3))
    script = Script(app.mount(services), script.token)
    statuses = []
    threads = [
        threading.Thread(target=lambda: statuses.append(script.deploy(classifier).status_code))
        for _ in range(12)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timedelta(seconds=30).total_seconds())

    assert sorted(statuses) == [202] * 3 + [429] * 9


def test_limits_can_be_raised(settings, make_services, script, classifier):
    roomy = msgspec.structs.replace(settings, coralnet_images_limit=101, coralnet_points_limit=1000)
    script = Script(app.mount(make_services(roomy)), script.token)

    reply = script.deploy(classifier, *[image(points=POINTS[:1] * 201)] * 101)

    assert id_of(reply) > 0


def test_what_the_job_refuses_is_told_in_the_words_of_the_deploy(settings, make_services, script, classifier):
    odd = msgspec.structs.replace(settings, coralnet_points_limit=10, classify_points_limit=1)
    script = Script(app.mount(make_services(odd)), script.token)

    reply = script.deploy(classifier, image(points=POINTS[:1]), image())

    assert reply.status_code == 400
    assert complaint(reply) == ("2 points; the limit is 1 for one image", "/data/1/attributes/points")


def test_answers_say_what_they_are(script, classifier):
    reply = script.post(f"/api/classifier/{classifier}/deploy/", {})

    assert reply.headers["Content-Type"] == MEDIA_TYPE
    assert (reply.headers["Allow"], reply.headers["Vary"]) == ("POST, OPTIONS", "Authorization")
