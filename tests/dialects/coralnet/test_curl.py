"""The commands of CoralNet's documentation, as they stand there, against a running house."""

import json
import re
import time

from tests.dialects.coralnet.conftest import CORAL, TOKEN

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
