"""Letters reach a mail server, and one that fails costs an answer, never a hang."""

import socket
import time

import pytest

from api.mail import Letter, MailFault, Undelivered, deliver
from darkroom.settings import Settings
from tests.api.smtp_server import serving

LETTERS = [Letter("ada@example.com", "Hello", "Gruß"), Letter("bob@example.com", "Hello", "again")]


@pytest.fixture
def post():
    with serving() as post:
        yield post


def settings_for(port, **more):
    return Settings(
        **{
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_from": "darkroom@example.com",
            "smtp_starttls": False,
            "smtp_timeout_seconds": 0.3,
            **more,
        }
    )


def test_letters_arrive_in_order_over_one_connection(post):
    deliver(settings_for(post.port, smtp_user="house", smtp_password="secret"), LETTERS)

    assert post.logins == [("house", "secret")]
    assert [letter["To"] for letter in post.letters] == ["ada@example.com", "bob@example.com"]
    assert post.letters[0]["From"] == "darkroom@example.com"
    assert post.letters[0].get_content().strip() == "Gruß"


def test_without_a_server_nothing_is_tried():
    with pytest.raises(Undelivered) as refusal:
        deliver(Settings(), LETTERS)

    assert refusal.value.fault is MailFault.NO_MAILER


def test_a_refused_login_is_told_apart(post):
    post.opens = False

    with pytest.raises(Undelivered) as refusal:
        deliver(settings_for(post.port, smtp_user="house", smtp_password="wrong"), LETTERS)

    assert refusal.value.fault is MailFault.REFUSED_LOGIN
    assert post.letters == []


@pytest.mark.parametrize(
    "more", [{"smtp_from": ""}, {"smtp_starttls": True}, {"smtp_from": "a\nBcc: b@c.org"}]
)
def test_settings_that_do_not_fit_the_server_are_its_fault(post, more):
    with pytest.raises(Undelivered) as refusal:
        deliver(settings_for(post.port, **more), LETTERS)

    assert refusal.value.fault is MailFault.INVALID


def test_nobody_at_the_port_is_told():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(Undelivered) as refusal:
        deliver(settings_for(port), LETTERS)

    assert refusal.value.fault is MailFault.INVALID


def test_a_silent_server_costs_the_timeout_and_no_more():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(Undelivered):
            deliver(settings_for(silent.getsockname()[1]), LETTERS)

    assert time.monotonic() - began < 5
