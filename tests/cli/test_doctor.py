import pytest

from cli.checks_database import check_clock, check_queues
from cli.checks_here import check_mode
from cli.checks_services import check_redis_config
from cli.findings import Finding, Level
from cli.main import main
from storage.metrics import QueueFigures


def test_a_secret_that_others_may_read_is_a_failure(tmp_path):
    token = tmp_path / "token"
    token.write_text("drk_secret")
    token.chmod(0o640)

    finding = check_mode(token)

    assert finding.level is Level.FAIL
    assert finding.todo == f"chmod 600 {token}, and make it anew if others did"


def test_a_secret_of_its_owner_alone_is_well(tmp_path):
    token = tmp_path / "token"
    token.write_text("drk_secret")
    token.chmod(0o600)

    assert check_mode(token) == Finding("token", Level.OK, "mode 600")


@pytest.mark.parametrize(
    ("skew_seconds", "level", "message"),
    [
        (1.9, Level.OK, "the database is 1.9 s ahead"),
        (-2.5, Level.WARN, "the database is 2.5 s behind"),
    ],
)
def test_clocks_may_differ_by_two_seconds(skew_seconds, level, message):
    finding = check_clock(skew_seconds)

    assert (finding.level, finding.message) == (level, message)


def test_work_that_waits_for_nobody_is_a_failure():
    found = list(check_queues({"cpu": QueueFigures(depth=3), "io": QueueFigures(workers=1, slots=2)}))

    assert found == [
        Finding(
            "queue cpu",
            Level.FAIL,
            "0 workers, 0 slots, 0 running, 3 waiting: nobody serves it",
            "darkroom work --queues cpu",
        ),
        Finding("queue io", Level.OK, "1 workers, 2 slots, 0 running, 0 waiting"),
    ]


def test_an_idle_queue_without_workers_is_not_worth_a_word_unless_all_are():
    found = list(check_queues({"cpu": QueueFigures(), "gpu": QueueFigures()}))

    assert [(finding.subject, finding.level) for finding in found] == [("workers", Level.WARN)]


def test_a_redis_that_may_forget_is_warned_of():
    found = list(check_redis_config({"maxmemory-policy": "allkeys-lru", "appendonly": "yes"}))

    assert [(finding.level, finding.message) for finding in found] == [
        (Level.WARN, "maxmemory-policy allkeys-lru"),
        (Level.OK, "appendonly yes"),
    ]


def test_without_a_data_directory_nothing_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DARKROOM_DATA_DIR", str(tmp_path / "nowhere"))

    status = main(["doctor"])

    assert status == 1
    assert "is not there" in capsys.readouterr().out
    assert not (tmp_path / "nowhere").exists()


def test_wrong_settings_are_the_only_finding(monkeypatch, capsys):
    monkeypatch.setenv("DARKROOM_SLOTS", "0")

    status = main(["doctor"])

    assert status == 1
    assert (
        len([line for line in capsys.readouterr().out.splitlines() if line.startswith(("ok", "fail"))]) == 1
    )
