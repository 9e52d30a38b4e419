"""The rules of the house that no linter knows."""

import ast
import inspect
import json
import subprocess
import sys

import pytest

from api.faults import STATUS
from darkroom import errors
from darkroom.kinds import KINDS
from workers.actors.table import ACTORS

ROOMS = ("api", "cli", "darkroom", "pipelines", "storage", "workers")
LINES_LIMIT = 300
LONGER = {  # why each may be
    "api/dialects/native/wire.py": "every shape of the wire, one Struct each, read as one page",
    "storage/blob_s3.py": "one class: the whole of the blob protocol over S3",
    "tests/api/test_bad_inputs.py": "the tables of what is refused, and how",
    "tests/storage/test_blobs.py": "one suite that both stores pass",
    "tests/storage/test_ledger.py": "one suite that both databases pass",
}


def modules(root, rooms=ROOMS):
    found = sorted(path for room in rooms for path in (root / room).rglob("*.py"))
    assert found
    return found


def test_files_are_short(root):
    lines = {
        str(path.relative_to(root)): len(path.read_text().splitlines())
        for path in modules(root, (*ROOMS, "bench", "tests"))
    }

    assert {name: count for name, count in lines.items() if count > LINES_LIMIT and name not in LONGER} == {}


def test_no_file_is_excused_that_is_short(root):
    assert [name for name in LONGER if len((root / name).read_text().splitlines()) <= LINES_LIMIT] == []


def test_every_module_says_what_it_is_for(root):
    silent = [
        str(path.relative_to(root))
        for path in modules(root)
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


@pytest.mark.parametrize("noun", KINDS)
def test_a_kind_has_the_same_noun_in_every_room(root, noun):
    kind = KINDS[noun]

    assert kind.name == noun
    assert kind.params.__struct_config__.tag == noun
    assert kind.params.__name__.lower() == f"{noun}params"
    assert ACTORS[noun].__module__ == f"workers.actors.{noun}"
    assert list((root / "tests/pipelines").glob(f"test_{noun}*.py"))


def test_every_actor_has_a_kind():
    assert set(ACTORS) == set(KINDS)


def leaves(error):
    below = [kind for kind in error.__subclasses__() if kind.__module__ == errors.__name__]
    return [leaf for kind in below for leaf in leaves(kind)] or [error]


@pytest.mark.parametrize("error", leaves(errors.DarkroomError), ids=lambda error: error.__name__)
def test_every_error_has_a_status_and_a_code_of_its_own(error):
    assert STATUS[error] >= 400
    assert "code" in vars(error)
    assert inspect.getdoc(errors).count(error.__name__) == 1


def test_the_api_brings_no_codec(root):
    heavy = ["cv2", "av", "PIL", "scipy", "simdjson", "workers.actors", "pipelines.track", "pipelines.video"]
    script = f"import json, sys, api.app; print(json.dumps([n for n in {heavy} if n in sys.modules]))"

    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, check=True, text=True
    )

    assert json.loads(answer.stdout) == []
