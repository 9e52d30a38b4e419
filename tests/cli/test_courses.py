import re

import pytest

from cli.main import main


@pytest.fixture(autouse=True)
def schema(capsys):
    main(["migrate"])
    capsys.readouterr()


@pytest.fixture
def say(capsys):
    """Runs the command, which succeeds; gives what it printed."""

    def say(*words):
        assert main(list(words)) == 0
        return capsys.readouterr().out

    return say


def test_a_course_is_made_with_a_key_that_nobody_can_guess(say):
    made = say("course", "create", "Plant 101", "--name", "Plant movement")

    assert re.fullmatch(
        r"course Plant 101; people register with the key: [0-9a-f]{12}\n",
        made,
    )
    assert say("course", "list").splitlines()[1].split() == ["Plant", "101", "Plant", "movement", "0", "100"]


def test_a_course_shows_its_key_its_places_and_its_people(say):
    say("course", "create", "P1", "--key", "c0ffee", "--max", "12", "--admin", "Tina@example.com")

    shown = say("course", "show", "P1").splitlines()

    assert shown[0] == "P1: P1"
    assert shown[1] == "key c0ffee, 1 of 12 places taken"
    assert shown[3].split() == ["tina@example.com", "yes", "yes"]


def test_an_admin_is_appointed_and_dismissed(say):
    say("course", "create", "P1")

    assert say("course", "admin", "P1", "tina@example.com") == "tina@example.com runs P1\n"
    assert "tina@example.com" in say("course", "list")
    assert say("course", "admin", "P1", "tina@example.com", "--remove") == (
        "tina@example.com no longer runs P1\n"
    )
    assert "tina@example.com" not in say("course", "list")


def test_a_course_gets_another_key(say):
    say("course", "create", "P1", "--key", "c0ffee")

    new = say("course", "key", "P1", "--new")

    assert new != "c0ffee\n"
    assert say("course", "key", "P1") == new


def test_a_login_link_is_printed(say):
    say("course", "create", "P1", "--admin", "tina@example.com")

    link = say("course", "link", "Tina@example.com")

    assert re.fullmatch(r"http://127\.0\.0\.1:8000/login\?api_key=a[0-9a-f]{32}\n", link)


def test_the_keys_of_a_person_can_be_listed_and_taken_back(say):
    say("course", "create", "P1", "--admin", "tina@example.com")
    say("course", "link", "tina@example.com")
    user = say("course", "user", "tina@example.com").strip()

    say("token", "revoke", "1")

    assert "revoked" in say("token", "list", user)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["create", "P1"], "there is a course 'P1' already"),
        (["create", "P2", "--key", "c0ffee"], "or another with that key"),
        (["create", " "], "a course's id has at least one character"),
        (["create", "P2", "--max-enrollment", "0"], "a course has at least 1 place"),
        (["create", "P2", "--admin", "tina"], "'tina' is no e-mail address"),
        (["show", "P9"], "there is no course 'P9'"),
        (["admin", "P9", "tina@example.com"], "there is no course 'P9'"),
        (["admin", "P1", "nobody@example.com", "--remove"], "nobody registered with 'nobody@example.com'"),
        (["key", "P9"], "there is no course 'P9'"),
        (["user", "nobody@example.com"], "nobody registered with 'nobody@example.com'"),
        (["link", "nobody@example.com"], "nobody registered with 'nobody@example.com'"),
    ],
)
def test_what_cannot_be_is_told(say, words, line, capsys):
    say("course", "create", "P1", "--key", "c0ffee")

    assert main(["course", *words]) == 2
    assert line in capsys.readouterr().err
