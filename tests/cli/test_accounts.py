import io

import pytest

from cli.main import main


@pytest.fixture(autouse=True)
def schema(capsys):
    main(["migrate"])
    capsys.readouterr()


def test_a_user_is_added_listed_and_shut_out(capsys):
    assert main(["user", "add", "ada", "--admin"]) == 0
    assert main(["user", "disable", "ada"]) == 0
    capsys.readouterr()

    main(["user", "list"])

    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["ada", "yes", "no"]


def test_a_name_is_given_once(capsys):
    main(["user", "add", "ada"])

    assert main(["user", "add", "ada"]) == 2
    assert "there is a user 'ada' already" in capsys.readouterr().err


def test_a_token_is_printed_once_and_never_listed(capsys):
    main(["user", "add", "ada"])
    capsys.readouterr()

    assert main(["token", "add", "ada", "--label", "laptop", "--scopes", "read,write", "--days", "7"]) == 0
    token = capsys.readouterr().out.strip()
    main(["token", "list", "ada"])

    listed = capsys.readouterr().out
    assert token.startswith("drk_")
    assert token not in listed
    assert listed.splitlines()[1].split()[:3] == ["1", "laptop", "read,write"]


def test_a_feeds_key_is_made_and_has_no_other_scope(capsys):
    main(["user", "add", "ada"])

    assert main(["token", "add", "ada", "--scopes", "feed:strap"]) == 0
    assert main(["token", "add", "ada", "--scopes", "feed:strap,read"]) == 2
    assert "a feed's key opens that feed and nothing else" in capsys.readouterr().err
    assert main(["token", "add", "ada", "--scopes", "feed:a-b"]) == 2
    assert "no such scope: feed:a-b" in capsys.readouterr().err


def test_a_revoked_token_is_listed_as_such(capsys):
    main(["user", "add", "ada"])
    main(["token", "add", "ada"])

    assert main(["token", "revoke", "1"]) == 0
    main(["token", "list", "ada"])

    assert "revoked" in capsys.readouterr().out.splitlines()[-1]


def test_a_password_is_read_and_never_shown(capsys, monkeypatch):
    main(["user", "add", "ada"])
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))

    assert main(["user", "password", "ada"]) == 0
    assert "correct horse" not in capsys.readouterr().out
    assert main(["user", "password", "ada", "--remove"]) == 0


def test_a_password_that_is_too_short_is_refused(capsys, monkeypatch):
    main(["user", "add", "ada"])
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))

    assert main(["user", "password", "ada"]) == 2
    assert "a password has 8 to 1024 characters" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["user", "password", "nobody", "--remove"], "there is no user 'nobody'"),
        (["token", "add", "nobody"], "there is no user 'nobody'"),
        (["token", "revoke", "99"], "there is no token 99"),
        (["user", "enable", "nobody"], "there is no user 'nobody'"),
    ],
)
def test_who_is_not_there_is_told(words, line, capsys):
    assert main(words) == 2
    assert line in capsys.readouterr().err


def test_an_unknown_scope_is_refused(capsys):
    main(["user", "add", "ada"])

    assert main(["token", "add", "ada", "--scopes", "read,fly"]) == 2
    assert "no such scope: fly" in capsys.readouterr().err
