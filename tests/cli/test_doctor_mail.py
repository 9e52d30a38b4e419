import pytest

from cli.checks_mail import check_mail
from cli.findings import Finding, Level
from cli.main import main
from darkroom.settings import Settings
from tests.api.smtp_server import serving


@pytest.fixture
def post():
    with serving() as post:
        yield post


@pytest.fixture
def settings(tmp_path, post):
    return {
        "data_dir": str(tmp_path / "data"),
        "smtp_host": "127.0.0.1",
        "smtp_port": post.port,
        "smtp_from": "plants@example.com",
        "smtp_starttls": False,
    }


def test_a_server_that_takes_letters_is_well_and_gets_none(settings, post):
    found = list(check_mail(Settings(**settings)))

    assert found == [Finding("mail", Level.OK, f"127.0.0.1:{post.port} takes letters")]
    assert post.letters == []


@pytest.mark.parametrize(
    ("more", "message", "todo"),
    [
        ({"smtp_from": ""}, "no mail was sent: letters have no sender", "look at the DARKROOM_SMTP_* settings"),
        ({"smtp_user": "plants"}, "no mail was sent: the server refused the login", "look at DARKROOM_SMTP_USER"),
        ({"smtp_starttls": True}, "no mail was sent: SMTPNotSupportedError", "look at the DARKROOM_SMTP_* settings"),
    ],
)  # fmt: skip
def test_a_server_that_takes_none_is_a_failure(settings, post, more, message, todo):
    post.opens = False

    (found,) = check_mail(Settings(**{**settings, **more}))

    assert found.level is Level.FAIL
    assert found.message.startswith(message)
    assert found.todo.startswith(todo)


def test_courses_without_a_server_are_warned_of(settings, capsys):
    main(["migrate"])
    without = Settings(**{**settings, "smtp_host": ""})
    before = list(check_mail(without))
    main(["course", "create", "P1"])

    (found,) = check_mail(without)

    assert before == []
    assert (found.level, found.message) == (Level.WARN, "no server is set, and there are courses")
