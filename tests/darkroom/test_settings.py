import re
from pathlib import Path

import pytest

from darkroom.errors import Invalid
from darkroom.settings import Settings, dump, load

REFERENCE = Path(__file__).parents[2] / "docs/reference/settings.md"


def test_values_are_read_as_their_types():
    settings = load(
        {
            "DARKROOM_SLOTS": "8",
            "DARKROOM_GRACE_SECONDS": "2.5",
            "DARKROOM_DRILLS": "true",
            "DARKROOM_BIND": "127.0.0.1:9000",
            "PATH": "/bin",
        }
    )

    assert (settings.slots, settings.grace_seconds, settings.drills) == (8, 2.5, True)
    assert settings.url() == "http://127.0.0.1:9000"


def test_a_misspelt_variable_stops_the_start():
    with pytest.raises(Invalid, match="unknown field `slot`"):
        load({"DARKROOM_SLOT": "8"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLOTS", "0"),
        ("SLOTS", "many"),
        ("BROKER", "rabbit"),
        ("WAIT_LIMIT_SECONDS", "61"),
        ("DRILLS", "maybe"),
    ],
)
def test_a_value_that_does_not_fit_stops_the_start(name, value):
    with pytest.raises(Invalid, match=f"\\$.{name.lower()}"):
        load({f"DARKROOM_{name}": value})


def test_the_variables_of_clients_and_tests_are_no_settings():
    environ = {"DARKROOM_URL": "http://lab.test", "DARKROOM_TOKEN": "drk", "DARKROOM_TEST_SERVICES": "all"}

    assert load(environ) == Settings()


def test_settings_survive_the_way_to_a_child_process():
    settings = Settings(data_dir="/srv/dark room", slots=3, drills=True, grace_seconds=0.5, cors_origins="*")

    assert load(dump(settings)) == settings


def test_only_what_differs_from_the_default_is_passed_on():
    assert dump(Settings(slots=3)) == {"DARKROOM_SLOTS": "3"}


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("postgres://lab@db/darkroom", "postgresql+psycopg://lab@db/darkroom"),
        ("postgresql://lab@db/darkroom", "postgresql+psycopg://lab@db/darkroom"),
        ("sqlite:////srv/ledger.db", "sqlite:////srv/ledger.db"),
    ],
)
def test_a_database_url_may_be_written_as_its_server_prints_it(written, understood):
    assert Settings(database_url=written).database() == understood


def test_the_reference_tells_every_setting_with_its_default():
    rows = dict(re.findall(r"^\| `DARKROOM_([A-Z0-9_]+)` \| ([^|]*) \|", REFERENCE.read_text(), re.MULTILINE))

    told = {name.lower(): default.strip().strip("`") for name, default in rows.items()}

    default = Settings()
    assert told == {name: shown(getattr(default, name)) for name in Settings.__struct_fields__}


def shown(value):
    """Return a default as the reference writes it."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case "":
            return "(empty)"
    return str(value)
