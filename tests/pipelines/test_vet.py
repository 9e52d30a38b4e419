"""Vetting: what may be run is told what it is, and each hostile file is refused with what is wrong with it."""

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

import tests.pipelines.brought_networks as brought
from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.manifest import Manifest
from pipelines.classify.trial import try_network
from pipelines.classify.vet import vet_network
from pipelines.errors import BadInput

MANIFEST = Manifest(name="brought", length=3, patch_px=16, input_px=16)
NOISE = np.random.default_rng(0).bytes(5000)


def vet(content, folder, **options):
    path = folder / "network.onnx"
    path.write_bytes(content)
    return vet_network(path, MANIFEST, **options)


def test_a_network_that_may_be_run_is_told_what_it_is(tmp_path):
    found = vet(brought.encoder(), tmp_path)

    assert found.as_dict() | {"seconds_per_patch": 0, "size_bytes": 0} == {
        "input_name": "input",
        "output_name": "output",
        "length": 3,
        "opset": 17,
        "nodes": 2,
        "operators": ["Flatten", "GlobalAveragePool"],
        "seconds_per_patch": 0,
        "size_bytes": 0,
    }
    assert 0 < found.seconds_per_patch < 1


def test_the_built_in_backbone_passes(tmp_path):
    path = tmp_path / "bank.onnx"
    path.write_bytes(bank_network())

    found = vet_network(path, BANK)

    assert (found.length, found.nodes) == (164, 376)


def test_a_classifier_gives_probabilities(tmp_path):
    assert vet(brought.classifier(), tmp_path, probabilities=True).length == 3

    with pytest.raises(BadInput, match="no probabilities"):
        vet(brought.encoder(), tmp_path, probabilities=True)


HOSTILE = {
    "no bytes": (b"", "has 0 bytes"),
    "noise": (NOISE, "no ONNX file|has no nodes"),
    "zeros": (bytes(4000), "no ONNX file"),
    "text": (b"<html>not found</html>", "no ONNX file"),
    "a pickle": (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00c__main__\nx\n.", "no ONNX file"),
    "cut": (brought.encoder()[:-40], "no ONNX file"),
    "cut between parts": (brought.encoder()[:2], "has no nodes"),
    "data elsewhere": (brought.external(), "'weights' in another file"),
    "data elsewhere, in a node": (brought.external_in_a_node(), "'inner' in another file"),
    "sparse": (brought.sparse(), "sparse tensors"),
    "a tensor larger than its file": (brought.claiming(10**5, 10**5), "claims more than it holds"),
    "a tensor whose size overflows": (brought.claiming(2**62, 4), "claims more than it holds"),
    "a tensor of less than nothing": (brought.claiming(-1), "claims more than it holds"),
    "a custom domain": (brought.of_domain("evil"), "domain 'evil'"),
    "a runtime's own domain": (brought.of_domain("com.microsoft"), "domain 'com.microsoft'"),
    "a domain that is not declared": (brought.undeclared_domain(), "domain 'com.microsoft'"),
    "functions": (brought.of_functions(), "functions of its own"),
    "a loop without end": (brought.looping(), r"control flow \(Loop\)"),
    "a branch": (brought.branching(), r"control flow \(If\)"),
    "numbers that are not finite": (brought.not_finite(), "not finite"),
    "an assertion of the runtime": (brought.aborting(), "brings down the process that runs it"),
    "chance": (brought.by_chance(), "other numbers for the same patch"),
    "neighbours": (brought.by_neighbours(), "other numbers for the same patch"),
    "an unknown operator": (brought.network([brought.node("Nothing", "input")]), "is not valid"),
    "a future opset": (
        brought.network(brought.mean_colour(name="output"), imports=(("", 999),)),
        "cannot be opened|is not valid",
    ),
    "no node for its output": (brought.network(brought.mean_colour()), "is not valid|cannot be opened"),
    "a value made twice": (
        brought.network([*brought.mean_colour(name="output"), brought.node("Relu", "pooled", "pooled")]),
        "is not valid",
    ),
    "a value from nowhere": (brought.network([brought.node("Relu", "nowhere")]), "is not valid"),
    "a circle": (
        brought.network(
            [
                brought.node("Add", "input b", "a"),
                brought.node("Relu", "a", "b"),
                brought.node("Flatten", "b"),
            ]
        ),
        "is not valid",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_with_what_is_wrong(kind, tmp_path):
    content, why = HOSTILE[kind]

    with pytest.raises(BadInput, match=why) as refusal:
        vet(content, tmp_path)

    assert refusal.value.code == "bad_network"


def ended(**ends):
    return brought.network(brought.mean_colour(name="output"), **ends)


UNFITTING = {
    "another input": (
        brought.network([brought.node("Flatten", "x")], inputs=[brought.ends("x")]),
        "has the inputs 'x', not only 'input'",
    ),
    "two inputs": (ended(inputs=[brought.ends(), brought.ends("more")]), "'input', 'more'"),
    "another output": (
        brought.network(brought.mean_colour(), outputs=[brought.ends("means", ("N", 3))]),
        "has the outputs 'means', not 'output'",
    ),
    "one patch at a time": (
        ended(inputs=[brought.ends(shape=(1, 3, 16, 16))], outputs=[brought.ends("output", (1, 3))]),
        "1 patches at a time",
    ),
    "another side": (
        ended(inputs=[brought.ends(shape=("N", 3, 32, 32))]),
        "size 32 in 'input' where the manifest says 16",
    ),
    "another layout": (
        brought.network(
            [brought.node("ReduceMean", "input", axes=[1, 2], keepdims=0)],
            inputs=[brought.ends(shape=("N", 16, 16, 3))],
        ),
        "size 16 in 'input' where the manifest says 3",
    ),
    "absurd sides": (ended(inputs=[brought.ends(shape=("N", 3, 2**40, 2**40))]), "size 1099511627776"),
    "another length": (
        brought.network([brought.node("Flatten", "input")], outputs=[brought.ends("output", ("N", 768))]),
        "size 768 in 'output' where the manifest says 3",
    ),
    "a length that only running shows": (
        brought.network(
            [brought.node("Flatten", "input")],
            inputs=[brought.ends(shape=("N", 3, "H", "W"))],
            outputs=[brought.ends("output", ("N", "D"))],
        ),
        r"gives \(3, 768\) where \(3, 3\) is expected",
    ),
    "too many axes": (
        brought.network(
            [brought.node("GlobalAveragePool", "input")], outputs=[brought.ends("output", ("N", 3, 1, 1))]
        ),
        "has 4 axes in 'output' where 2 are expected",
    ),
    "a single number": (
        brought.network(
            [brought.node("ReduceMean", "input", keepdims=0)], outputs=[brought.ends("output", ())]
        ),
        r"gives \(\) where \(3, 3\) is expected",
    ),
    "double numbers": (
        brought.network(
            brought.mean_colour(brought.node("Cast", to=TensorProto.DOUBLE)),
            outputs=[brought.ends("output", ("N", 3), TensorProto.DOUBLE)],
        ),
        r"tensor\(double\) in 'output'",
    ),
}


@pytest.mark.parametrize("kind", UNFITTING)
def test_a_network_that_does_not_fit_its_manifest_is_refused(kind, tmp_path):
    content, why = UNFITTING[kind]
    path = tmp_path / "network.onnx"
    path.write_bytes(content)

    with pytest.raises(BadInput, match=why) as refusal:
        try_network(path, MANIFEST, 2.0, probabilities=False)

    assert refusal.value.code == "bad_network"


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"bytes_limit": 100}, "where 1 to 100 are read"),
        ({"nodes_limit": 1}, "more than 1 nodes"),
    ],
)
def test_a_network_beyond_a_limit_is_refused(limits, why, tmp_path):
    with pytest.raises(BadInput, match=why):
        vet(brought.encoder(), tmp_path, **limits)


def test_a_network_that_takes_too_long_is_stopped(tmp_path):
    with pytest.raises(BadInput, match=r"takes more than 0.05 s per patch"):
        vet(brought.toiling(400), tmp_path, seconds_limit=0.05)


VETTING = """
import sys
from pathlib import Path
from pipelines.classify.manifest import Manifest
from pipelines.classify.trial import try_network
from pipelines.classify.vet import vet_network
from pipelines.errors import BadInput

try:
    vet_network(Path(sys.argv[1]), Manifest(name="brought", length=int(sys.argv[2]), patch_px=16, input_px=16))
except BadInput as error:
    print(error.code, error.message)
"""


def little_memory():
    resource.setrlimit(resource.RLIMIT_DATA, (2**30, 2**30))


def test_a_trial_that_does_not_end_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.classify.vet._OPENING_SECONDS", 0.0)
    monkeypatch.setattr("pipelines.classify.vet._RUNS", 0.01)

    with pytest.raises(BadInput, match=r"takes more than 0.02 s to be opened and tried"):
        vet(brought.encoder(), tmp_path)


@pytest.mark.parametrize(
    ("content", "length"),
    [(brought.swelling(10**10), 3), (brought.expanding(10**9), 1)],
    ids=["constant", "tile"],
)
def test_a_network_that_takes_all_memory_is_refused_where_memory_is_limited(content, length, tmp_path):
    path = tmp_path / "network.onnx"
    path.write_bytes(content)

    told = subprocess.run(
        [sys.executable, "-c", VETTING, path, str(length)],
        preexec_fn=little_memory,  # the child has one thread
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == "bad_network the network fails when it is run"
