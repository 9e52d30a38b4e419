"""Clients of CoralNet against a running house: its documentation's commands as they stand there, scripts as people have written them."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.dialects.coralnet.colours import COLOURS
from tests.dialects.coralnet.conftest import CORAL, TOKEN
from tests.dialects.coralnet.scripts import Script, idle, kill_at_work, worker

LOGIN = (
    'curl -H "Content-type: application/vnd.api+json"'
    """ -d '{"username": "stephen", "password": "my_password"}' https://coralnet.ucsd.edu/api/token_auth/"""
)
DEPLOY = (
    'curl -v -H "Authorization: Token f22f560a2186c0380962fc9b6da9b365102ef984"'
    ' -H "Content-type: application/vnd.api+json"'
    """ -d '{"data": [{"type": "image", "attributes": {"url": "https://upload.wikimedia.org/wikipedia/commons/c/ca/Acropora_coral_ffs.jpg", "points": [{"row":700,"column":500}, {"row":1100,"column":900}]}}]}'"""
    " https://coralnet.ucsd.edu/api/classifier/5/deploy/"
)
STATUS = (
    'curl -v -H "Authorization: Token f22f560a2186c0380962fc9b6da9b365102ef984"'
    " https://coralnet.ucsd.edu/api/deploy_job/7/status/"
)
RESULT = (
    'curl -H "Authorization: Token f22f560a2186c0380962fc9b6da9b365102ef984"'
    " https://coralnet.ucsd.edu/api/deploy_job/7/result/"
)
LOST = "https://commons.wikimedia.org/wiki/File:Porites_porites_French_Bay.jpg"
PATIENCE_SECONDS = 60
HEADERS = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/vnd.api+json"}
ACTIVE, IMAGES, POINTS = 5, 100, 200  # the limits of the documentation
CODES = list(COLOURS)


@pytest.fixture
def script(shell):
    with httpx.Client(headers=HEADERS, follow_redirects=True, timeout=30) as http:
        yield Script(shell.house, http)


def location(told):
    return re.search(r"^< location: (.*)$", told, re.MULTILINE | re.IGNORECASE)[1]


def wait_for(shell, status):
    """Ask until the answer is no longer 200; give what was told then."""
    for _ in range(PATIENCE_SECONDS * 10):
        _, told = shell.curl(status)
        if "< HTTP/1.1 200 " not in told:
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def codes(point):
    return [one["label_code"] for one in point["classifications"]]


def test_the_documentation_is_followed_from_login_to_result(shell):
    token, _ = shell.curl(LOGIN)
    printed, deployed = shell.curl(DEPLOY)
    job = re.fullmatch(r"/api/deploy_job/([0-9]+)/status/", location(deployed))[1]
    over = wait_for(shell, STATUS.replace("/7/", f"/{job}/"))
    result, _ = shell.curl(RESULT.replace("/7/", f"/{job}/"))

    assert re.fullmatch(r'\{"token":"[0-9a-f]{40}"\}', token)
    assert printed == ""
    assert "< HTTP/1.1 202 " in deployed
    assert "< content-type" not in deployed.lower()
    assert "< HTTP/1.1 303 " in over
    assert location(over) == f"/api/deploy_job/{job}/result/"
    (image,) = json.loads(result)["data"]
    assert (image["type"], image["id"]) == ("image", shell.pictures.url + CORAL)
    assert image["attributes"]["url"] == image["id"]
    red, blue = image["attributes"]["points"]
    assert [(point["row"], point["column"]) for point in (red, blue)] == [(700, 500), (1100, 900)]
    assert (codes(red)[0], codes(blue)[0]) == ("*RED", "*BLUE")
    assert sorted(codes(red)) == ["*BLACK", "*BLUE", "*GREEN", "*RED", "*WHITE"]
    first, *others = red["classifications"]
    assert set(first) == {"label_id", "label_name", "label_code", "score"}
    assert isinstance(first["label_id"], int)
    assert first["score"] > 0.9 > sum(one["score"] for one in others)


def test_one_image_that_is_not_there_fails_alone(shell):
    """As in the example of the documentation; curl follows from the status to the result."""
    second = f'{{"type": "image", "attributes": {{"url": "{LOST}", "points": [{{"row":1,"column":2}}]}}}}'
    _, deployed = shell.curl(DEPLOY.replace("]}}]}", f"]}}}}, {second}]}}"))
    status = STATUS.replace("/api/deploy_job/7/status/", location(deployed))
    wait_for(shell, status)

    followed, _ = shell.curl(status.replace("curl -v", "curl -L"))

    coral, lost = json.loads(followed)["data"]
    assert "points" in coral["attributes"]
    assert lost["attributes"] == {
        "url": LOST.replace("https://commons.wikimedia.org", shell.pictures.url),
        "errors": ["Could not download this image."],
    }


def test_what_is_wrong_is_told_with_a_pointer(shell):
    printed, told = shell.curl(DEPLOY.replace('"row":700', '"row":-1'))

    assert "< HTTP/1.1 400 " in told
    assert "< content-type: application/vnd.api+json\n" in told.lower()
    assert json.loads(printed) == {
        "errors": [
            {
                "detail": "This element's value is below the minimum of 0.",
                "source": {"pointer": "/data/0/attributes/points/0/row"},
            }
        ]
    }


def test_who_has_no_token_is_turned_away(shell):
    printed, told = shell.curl(STATUS.replace(TOKEN, "0" * 40))

    assert "< HTTP/1.1 403 " in told
    assert json.loads(printed) == {"errors": [{"detail": "Invalid token."}]}


def test_links_that_are_signed_keep_their_query(shell, script):
    path = "/bucket/a.png?X-Amz-Signature=ab%2Fcd&X-Amz-Expires=60"
    url = shell.pictures.put(path, COLOURS["*WHITE"])

    (image,) = script.poll(script.deploy((url, [{"row": 29, "column": 39}])))

    assert image["id"] == url
    assert codes(image["attributes"]["points"][0])[0] == "*WHITE"


def test_what_was_uploaded_before_is_named_by_its_path(shell, script):
    shell.pictures.put("/mine.png", COLOURS["*BLACK"])
    sent = httpx.post(
        f"{shell.house.url}/v1/media?name=mine.png",
        content=shell.pictures.content_by_path["/mine.png"],
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "image/png"},
    )
    url = f"{shell.house.url}/v1/media/{sent.json()['id']}/content"

    (image,) = script.poll(script.deploy((url, [{"row": 0, "column": 0}])))

    assert image["id"] == url
    assert codes(image["attributes"]["points"][0])[0] == "*BLACK"


def test_requests_at_once_are_not_more_jobs_than_are_allowed(shell, script):
    image = shell.pictures.put("/a.png", COLOURS["*RED"]), [{"row": 1, "column": 1}]

    with idle(shell.house), ThreadPoolExecutor(12) as crowd:
        replies = list(crowd.map(lambda _: script.post(image), range(12)))
        full = script.post(image).json()["errors"][0]["detail"]

    accepted = [reply.headers["Location"] for reply in replies if reply.status_code == 202]
    for path in accepted:
        script.poll(path)
    assert [reply.status_code for reply in replies].count(429) == 12 - ACTIVE
    assert len(accepted) == ACTIVE
    ids = ", ".join(sorted((path.split("/")[3] for path in accepted), key=int))
    assert full.startswith(f"You already have 5 jobs active (IDs: {ids}).")


@pytest.mark.slow
def test_a_full_job_survives_the_death_of_a_worker(shell, script):
    points = [{"row": i % 30, "column": i // 5} for i in range(POINTS)]
    urls = [shell.pictures.put(f"/survey/{i}.png", COLOURS[CODES[i % len(CODES)]]) for i in range(IMAGES)]
    shell.pictures.seconds = 0.1
    with worker(shell.house) as other:
        path = script.deploy(*((url, points) for url in urls))
        script.poll(path, until=lambda seen: seen["successes"] >= IMAGES // 2)
        held = kill_at_work(shell.house, other)

    images = script.poll(path)
    shell.pictures.seconds = 0.0

    assert held
    assert [image["id"] for image in images] == urls
    for i, image in enumerate(images):
        found = image["attributes"]["points"]
        assert [{"row": point["row"], "column": point["column"]} for point in found] == points
        assert {point["classifications"][0]["label_code"] for point in found} == {CODES[i % len(CODES)]}
    done = [seen["successes"] + seen["failures"] for seen in script.seen]
    assert done == sorted(done)
    assert {seen["total"] for seen in script.seen} == {IMAGES}
    assert {seen["failures"] for seen in script.seen} == {0}
