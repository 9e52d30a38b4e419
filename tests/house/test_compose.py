"""The containers are started with settings and verbs that exist."""

import re

import pytest
import yaml

from cli.main import VERBS
from darkroom.settings import Settings, load
from workers.main import read_queues

OWN_IMAGES = {"darkroom-web", "darkroom-worker"}
VARIABLE = re.compile(r"\bDARKROOM_[A-Z0-9_]+")


@pytest.fixture
def compose(root):
    return yaml.safe_load((root / "docker-compose.yml").read_text())


@pytest.fixture
def ours(compose):
    """The services that run Darkroom, by name."""
    return {name: service for name, service in compose["services"].items() if service["image"] in OWN_IMAGES}


@pytest.mark.parametrize("name", ["docker-compose.yml", "Dockerfile", "Procfile", ".dockerignore"])
def test_every_variable_is_a_setting(root, name):
    told = set(VARIABLE.findall((root / name).read_text()))

    assert told <= {f"DARKROOM_{field.upper()}" for field in Settings.__struct_fields__}


def test_every_environment_is_understood(ours):
    for service in ours.values():
        given = {
            name: re.sub(r"\$\{.*?\}", "filled-in", str(value))
            for name, value in service["environment"].items()
        }

        settings = load(given)

        assert (settings.broker, settings.store) == ("redis", "s3")


def test_every_command_is_a_verb(ours):
    assert {name: service["command"].split()[0] for name, service in ours.items()} == {
        "migrate": "migrate",
        "web": "web",
        "worker-quick": "work",
        "worker-cpu": "work",
        "sweeper": "sweep",
    }


def test_every_process_of_the_procfile_is_a_verb(root):
    commands = re.findall(r"^[a-z-]+: darkroom (\w+)", (root / "Procfile").read_text(), re.MULTILINE)

    assert sorted(commands) == ["sweep", "web", "work", "work"]
    assert set(commands) <= VERBS.keys()


def test_compute_runs_where_its_libraries_are(ours):
    images = {service["command"].split()[0]: service["image"] for service in ours.values()}

    assert images == {
        "migrate": "darkroom-web",
        "web": "darkroom-web",
        "sweep": "darkroom-web",
        "work": "darkroom-worker",
    }


def test_every_queue_that_a_kind_uses_is_served(ours):
    served = {
        queue
        for service in ours.values()
        for names in re.findall(r"--queues (\S+)", service["command"])
        for queue in read_queues(names)
    }

    assert served == {"quick", "cpu", "io"}


def test_no_secret_has_a_default(root):
    text = (root / "docker-compose.yml").read_text()

    asked = re.findall(r"\$\{([A-Z0-9_]+)([^}]*)\}", text)

    assert {name for name, rest in asked if not rest.startswith(":?")} == {"S3_IMAGE"}
    assert {name for name, _ in asked if name != "S3_IMAGE"} == {
        "POSTGRES_PASSWORD",
        "S3_PUBLIC_ENDPOINT",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
        "DARKROOM_PUBLIC_URL",
    }


def test_every_service_that_lasts_is_watched_but_the_sweeper(compose):
    unwatched = {name for name, service in compose["services"].items() if "healthcheck" not in service}

    assert unwatched == {"migrate", "sweeper"}


def test_a_worker_is_given_time_to_hand_back(ours):
    seconds = int(ours["worker-cpu"]["stop_grace_period"].removesuffix("s"))

    assert seconds > Settings().grace_seconds + 15
