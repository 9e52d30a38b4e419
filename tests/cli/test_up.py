import signal
import stat

import psutil
import pytest

from darkroom.client import Client

pytestmark = pytest.mark.slow


def gone(processes):
    _, alive = psutil.wait_procs(processes, timeout=30)
    return not alive


def connections(process):
    """Those of a process; none of one that has ended meanwhile, as a worker's children do."""
    try:
        return process.net_connections()
    except psutil.NoSuchProcess:
        return []


def test_the_first_start_keeps_one_token_for_its_owner_alone(house):
    log = house.log.read_text()
    token = house.data_dir / "token"

    assert log.count(token.read_text().strip()) == 1
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert (house.data_dir / "url").read_text() == f"http://{house.bind}\n"


def test_it_listens_on_loopback_only(house):
    listening = [c for p in house.children() for c in connections(p) if c.status == psutil.CONN_LISTEN]

    assert {c.laddr.ip for c in listening} == {"127.0.0.1"}


def test_a_second_start_on_the_same_folder_is_refused(at_home, capsys, run):
    status = run("up", "--data", str(at_home.data_dir), "--bind", "127.0.0.1:1")

    assert status == 2
    assert "another `darkroom up` runs on" in capsys.readouterr().err


def test_an_address_in_use_is_told(at_home, tmp_path, capsys, run):
    status = run("up", "--data", str(tmp_path / "other"), "--bind", at_home.bind)

    assert status == 2
    assert f"cannot listen on {at_home.bind}: Address already in use" in capsys.readouterr().err


def test_what_is_killed_starts_again_and_work_goes_on(own_house):
    (worker,) = own_house.children("cli.main work")

    worker.send_signal(signal.SIGKILL)

    own_house.wait_for("was ended by SIGKILL; starts again in 0.5 s")
    own_house.wait_for("worker ready", times=2)
    token = (own_house.data_dir / "token").read_text().strip()
    with Client(f"http://{own_house.bind}", token) as client:
        assert client.wait(client.submit("drill")).state == "succeeded"


def test_sigterm_ends_everything_in_order(own_house):
    family = own_house.children()

    own_house.process.send_signal(signal.SIGTERM)

    assert own_house.process.wait(30) == 0
    assert gone(family)
    log = own_house.log.read_text()
    endings = [log.index(f"{name:<6}| ending") for name in ("web", "work", "sweep")]
    assert endings == sorted(endings)
    assert log.endswith("darkroom has stopped\n")


def test_when_up_itself_is_killed_nothing_lingers(own_house):
    family = own_house.children()

    own_house.process.kill()

    assert len(family) >= 4
    assert gone(family)
