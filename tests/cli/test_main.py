import re
from pathlib import Path

import pytest

from cli.main import VERBS, build_parser, main

REFERENCE = Path(__file__).parents[2] / "docs/reference/cli.md"


def test_the_reference_tells_every_verb():
    told = re.findall(r"^## `darkroom ([a-z]+)`", REFERENCE.read_text(), re.MULTILINE)

    assert sorted(told) == sorted(VERBS)


def test_every_verb_has_arguments_and_something_to_run():
    parser = build_parser()

    for verb in VERBS:
        with pytest.raises(SystemExit) as raised:
            parser.parse_args([verb, "--help"])
        assert raised.value.code == 0


@pytest.mark.parametrize(
    "words", [[], ["develop"], ["up", "--port", "1"], ["show"], ["show", "seven"], ["run", "paint", "a.mp4"]]
)
def test_a_wrong_command_exits_with_2(words):
    with pytest.raises(SystemExit) as raised:
        main(words)

    assert raised.value.code == 2


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["jobs"], "darkroom: no server is known"),
        (["submit", "track", "no.mp4", "--points", "1,2"], "darkroom: no.mp4: no such file"),
        (["submit", "drill", "--param", "seconds"], "darkroom: 'seconds' is no parameter"),
        (["run", "track", "no.mp4", "--points", "1,2"], "darkroom: no.mp4: no such file"),
        (["run", "classify", "no.png", "--grid", "2x2"], "darkroom: which classifier?"),
        (["run", "classify", "no.png", "--model", "no.onnx"], "darkroom: no.onnx: no such file"),
        (["run", "classify", "a", "b", "--model", "m", "--every", "5"], "darkroom: --every is for one movie"),
        (["run", "probe", "a.mp4", "b.mp4"], "darkroom: probe takes one file, not 2"),
        (["demo", "--movie", "no.mp4"], "darkroom: no.mp4: no such file"),
        (["demo", "--points", "1,2"], "darkroom: --points go with --movie"),
        (["work", "--slots", "0"], "darkroom: settings: "),
        (["user", "add", "eve"], "darkroom: the database is not at this version's schema"),
    ],
)
def test_wrong_input_is_one_calm_line_and_2(words, line, capsys):
    status = main(words)

    told = capsys.readouterr()
    assert (status, told.out) == (2, "")
    assert told.err.startswith(line)
    assert "Traceback" not in told.err


def test_a_misspelt_variable_is_told(monkeypatch, capsys):
    monkeypatch.setenv("DARKROOM_SLOT", "2")

    status = main(["migrate"])

    assert status == 2
    assert "unknown field `slot`" in capsys.readouterr().err


def test_debug_shows_the_traceback(capsys):
    main(["jobs", "--debug"])

    assert "Traceback" in capsys.readouterr().err


def test_nobody_at_the_address_is_3(monkeypatch, capsys):
    monkeypatch.setenv("DARKROOM_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("cli.server.FIRST_PATIENCE_SECONDS", 0.1)

    status = main(["jobs"])

    assert status == 3
    assert capsys.readouterr().err.startswith("darkroom: cannot reach http://127.0.0.1:9")
