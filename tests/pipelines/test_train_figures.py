"""The figures of a classifier, on outcomes whose figures can be worked out by hand."""

import numpy as np
import pytest

from pipelines.classify.calibration import calibrate_scores, calibration_error, find_temperature
from pipelines.classify.evaluation import evaluate, suggest_threshold
from pipelines.classify.heads import softmax
from tests.pipelines.learning import labels

# Three labels, six points in three images, each image a fold. The fourth and the sixth point are taken for L1.
TRUTH = np.array([0, 1, 1, 0, 1, 2])
FOUND = np.array([0, 1, 1, 1, 1, 1])
IMAGES = np.array([0, 0, 1, 1, 2, 2])


def sure_of(found, confidence=0.8, label_count=3):
    rest = (1 - confidence) / (label_count - 1)
    probabilities = np.full((len(found), label_count), rest)
    probabilities[np.arange(len(found)), found] = confidence
    return probabilities


@pytest.fixture
def report():
    return evaluate(sure_of(FOUND), TRUTH, IMAGES, IMAGES, labels(3))


def test_accuracy_is_of_all_points_and_means_are_of_labels_that_can_be_judged(report):
    figures = (report["accuracy"], report["balanced_accuracy"], report["macro_f1"])

    assert figures == (
        0.666667,
        0.75,
        0.708333,
    )  # recalls 1/2 and 1; f1 2/3 and 3/4; L2 lies in one fold only
    assert report["points"] == 6 and report["images"] == 3 and report["folds"] == 3


def test_kappa_takes_off_what_chance_gives(report):
    # 4/6 are right; by chance (1 * 2 + 5 * 3 + 0 * 1) / 36 = 17/36 would be.
    assert report["kappa"] == round((4 / 6 - 17 / 36) / (1 - 17 / 36), 6)


def test_each_label_has_its_own_figures(report):
    first, second, third = report["labels"]

    assert (first["support"], first["precision"], first["recall"], first["f1"]) == (2, 1.0, 0.5, 0.666667)
    assert (second["support"], second["precision"], second["recall"], second["f1"]) == (3, 0.6, 1.0, 0.75)
    assert (third["support"], third["precision"], third["recall"], third["f1"]) == (1, None, 0.0, 0.0)
    assert [row["is_evaluated"] for row in report["labels"]] == [True, True, False]
    assert [row["images"] for row in report["labels"]] == [2, 3, 1]


def test_rows_of_the_confusion_are_true_labels(report):
    assert report["confusion"] == {"labels": [10, 20, 30], "counts": [[1, 1, 0], [0, 3, 0], [0, 1, 0]]}


def test_cover_is_compared_image_by_image(report):
    second = report["labels"][1]

    # True cover of L1: 1/2 in each image; estimated 1/2, 1 and 1.
    assert (second["cover"], second["estimated_cover"], second["cover_error"]) == (0.5, 0.833333, 0.333333)


def test_the_truth_may_come_second(report):
    assert report["top_accuracy"] == {"1": 0.666667, "2": 0.833333, "3": 1.0}  # of equals the first counts


def test_the_calibration_error_is_how_far_confidence_and_accuracy_lie_apart(report):
    assert report["calibration_error"] == round(0.8 - 4 / 6, 6)
    assert [row["points"] for row in report["reliability"]] == [0] * 8 + [6, 0]
    assert report["reliability"][8]["accuracy"] == 0.666667
    assert report["reliability"][0]["accuracy"] is None


def test_coverage_falls_as_the_threshold_rises(report):
    by_threshold = {row["threshold"]: row for row in report["coverage"]}

    assert by_threshold[0.0] == {"threshold": 0.0, "coverage": 1.0, "accuracy": 0.666667}
    assert by_threshold[0.81] == {"threshold": 0.81, "coverage": 0.0, "accuracy": None}
    assert len(report["coverage"]) == 101


def test_the_suggested_threshold_is_the_lowest_that_costs_few_wrong_labels():
    curve = [
        {"threshold": 0.0, "coverage": 1.0, "accuracy": 0.9},
        {"threshold": 0.5, "coverage": 0.8, "accuracy": 0.95},
        {"threshold": 0.9, "coverage": 0.3, "accuracy": 1.0},
    ]

    suggested = suggest_threshold(curve)

    assert suggested == 0.5  # 0.8 * 0.05 = 4 % of all points


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_labels_is_found_again(temperature):
    rng = np.random.default_rng(4)
    scores = rng.normal(0, 3, (20_000, 4))
    chances = softmax(scores / temperature)
    truth = (chances.cumsum(axis=1) > rng.random((20_000, 1))).argmax(axis=1)

    found = find_temperature(scores, truth)

    assert found == pytest.approx(temperature, rel=0.03)


def test_boasting_is_calmed_and_nobody_loses_a_label():
    rng = np.random.default_rng(5)
    scores = rng.normal(0, 2, (5_000, 3))
    truth = (softmax(scores).cumsum(axis=1) > rng.random((5_000, 1))).argmax(axis=1)
    boasted = scores * 4

    probabilities, calibration = calibrate_scores(boasted, truth, np.arange(5_000) % 5)

    assert calibration.is_used and calibration.temperature == pytest.approx(4, rel=0.1)
    assert calibration.ece_before > 0.1 and calibration.ece_after < 0.03
    assert calibration_error(probabilities, truth) == calibration.ece_after
    assert np.array_equal(probabilities.argmax(axis=1), scores.argmax(axis=1))


def test_a_head_that_is_well_calibrated_is_left_alone():
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 2, 60)
    scores = np.log(sure_of(truth ^ (np.arange(60) % 5 == 0), 0.8, 2))  # right in 80 %, and says so

    probabilities, calibration = calibrate_scores(scores, truth, np.arange(60) % 5)

    assert not calibration.is_used and calibration.temperature == 1
    assert np.allclose(probabilities, np.exp(scores))


def test_labels_that_a_fold_did_not_know_have_no_chance_and_teach_no_temperature():
    scores = np.array([[2.0, -np.inf, 0.0], [2.0, -np.inf, 0.0], [0.0, -np.inf, 2.0]])
    truth = np.array([0, 1, 2])

    probabilities, _ = calibrate_scores(scores, truth, np.arange(3))

    assert (probabilities[:, 1] == 0).all()
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert find_temperature(scores, truth) == find_temperature(scores[[0, 2]], truth[[0, 2]])
