"""Classifying points: the likeliest labels of each, from a file of ours or from elsewhere."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pipelines.classify.classifier import Classifier
from pipelines.classify.dataset import LabelInfo
from pipelines.classify.manifest import Manifest
from pipelines.classify.model_file import describe_model, embed
from pipelines.errors import BadInput

LABELS = [LabelInfo(7, "G", "Green"), LabelInfo(3, "R", "Red"), LabelInfo(5, "B", "Blue")]
FOREIGN = Manifest("by-colour", 3, patch_px=8, input_px=8, input_name="patches", output_name="chances")


@pytest.fixture
def foreign(tmp_path):
    """A classifier trained elsewhere: it compares the mean green, red and blue of a patch."""
    swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]], np.float32) * 8
    nodes = [
        helper.make_node("GlobalAveragePool", ["patches"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "swap"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["chances"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "foreign",
        [helper.make_tensor_value_info("patches", TensorProto.FLOAT, ["N", 3, 8, 8])],
        [helper.make_tensor_value_info("chances", TensorProto.FLOAT, ["N", 3])],
        [numpy_helper.from_array(swap, "swap")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "foreign.onnx"
    onnx.save(model, path)
    return path


@pytest.fixture
def classifier(foreign, tmp_path):
    embed(foreign, tmp_path / "ours.onnx", LABELS, FOREIGN)
    opened = Classifier(tmp_path / "ours.onnx", device="cpu")
    yield opened
    opened.close()


@pytest.fixture
def pixels():
    """Four fields: red, green, blue, and grey."""
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[:20, :20], picture[:20, 20:], picture[20:, :20], picture[20:, 20:] = (
        (250, 0, 0),
        (0, 250, 0),
        (0, 0, 250),
        (90, 90, 90),
    )
    return picture


def test_points_are_named_in_their_order_the_likeliest_label_first(classifier, pixels):
    found = classifier.classify(pixels, [30, 5, 5], [5, 30, 5])

    assert [point[0][0] for point in found] == [5, 7, 3]
    assert all(len(point) == 3 and point[0][1] > point[1][1] for point in found)


def test_scores_sum_to_one_and_equal_ones_are_in_the_order_of_ids(classifier, pixels):
    ((first, second, third),) = classifier.classify(pixels, [30], [30])

    assert [first[0], second[0], third[0]] == [3, 5, 7]
    assert first[1] + second[1] + third[1] == pytest.approx(1, abs=1e-6)


def test_no_more_labels_are_given_than_asked_for(classifier, pixels):
    found = classifier.classify(pixels, [5, 5], [5, 30], top=1)

    assert [[label for label, _ in point] for point in found] == [[3], [7]]


def test_a_point_that_is_named_twice_is_answered_twice(classifier, pixels):
    found = classifier.classify(pixels, [5, 5], [5, 5])

    assert found[0] == found[1]


def test_without_points_there_are_no_answers(classifier, pixels):
    assert classifier.classify(pixels, [], []) == []


def test_a_point_outside_is_refused(classifier, pixels):
    with pytest.raises(BadInput, match="Row 40 is outside the image's valid range of 0-39") as refused:
        classifier.classify(pixels, [40], [0])

    assert refused.value.code == "point_outside"


def test_what_was_trained_elsewhere_describes_itself_when_embedded(foreign, tmp_path):
    embed(foreign, tmp_path / "ours.onnx", LABELS, FOREIGN)

    told = describe_model(tmp_path / "ours.onnx")

    assert [label["code"] for label in told["labels"]] == ["G", "R", "B"]
    assert told["manifest"] == FOREIGN.as_dict()
    assert told["backbone"] == {} and told["dataset_sha256"] == ""


def test_embedding_twice_gives_the_same_bytes(foreign, tmp_path):
    embed(foreign, tmp_path / "once.onnx", LABELS, FOREIGN)

    embed(tmp_path / "once.onnx", tmp_path / "twice.onnx", LABELS, FOREIGN)

    assert (tmp_path / "once.onnx").read_bytes() == (tmp_path / "twice.onnx").read_bytes()


@pytest.mark.parametrize(
    ("labels", "told"),
    [(LABELS[:2], "2 labels where its output has 3 columns"), ([LABELS[0]] * 3, "two labels of one id")],
)
def test_labels_that_do_not_fit_are_refused(labels, told, foreign, tmp_path):
    with pytest.raises(BadInput, match=told) as refused:
        embed(foreign, tmp_path / "ours.onnx", labels, FOREIGN)

    assert refused.value.code == "bad_classifier"
    assert not (tmp_path / "ours.onnx").exists()


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x08"])
def test_what_is_no_classifier_of_ours_is_refused(content, tmp_path):
    (tmp_path / "strange.onnx").write_bytes(content)

    with pytest.raises(BadInput) as refused:
        Classifier(tmp_path / "strange.onnx", device="cpu")

    assert refused.value.code == "bad_classifier"


def test_a_network_without_our_metadata_is_no_classifier(foreign):
    with pytest.raises(BadInput, match="not a classifier that Darkroom wrote"):
        describe_model(foreign)
