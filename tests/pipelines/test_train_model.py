"""The model file gives what scikit-learn gives for the same features."""

import numpy as np
import onnxruntime as ort
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.dataset import Dataset, LabelledImage
from pipelines.classify.features import Features, describe
from pipelines.classify.model_file import read_info
from pipelines.classify.network import Network
from pipelines.classify.train import train_classifier
from pipelines.textures import CLASSES, texture_image, texture_points
from tests.pipelines.learning import digest, labels

POINTS = 12


@pytest.fixture(scope="module")
def scene():
    """Small seabeds: their pixels, what the bank finds at their points, and the class there."""
    network = Network(bank_network(), BANK, device="cpu")
    found = []
    for seed in range(10):
        pixels, classes = texture_image(seed, 300)
        rows, columns = texture_points(seed, POINTS, 300)
        found.append(
            (pixels, rows, columns, describe(pixels, rows, columns, network), classes[rows, columns])
        )
    return found


def learned(scene, folder, label_count, **options):
    """Train on all but the last picture; labels above label_count are taken together."""
    pictures, features = [], {}
    for number, (_, rows, columns, values, truth) in enumerate(scene[:-1]):
        ids = tuple(10 * (min(int(one), label_count - 1) + 1) for one in truth)
        pictures.append(
            LabelledImage(digest(number), f"{number}.png", tuple(rows.tolist()), tuple(columns.tolist()), ids)
        )
        features[digest(number)] = Features(rows, columns, values)
    trained = train_classifier(
        Dataset(labels(label_count), tuple(pictures)),
        features,
        folder,
        backbone=bank_network(),
        manifest=BANK,
        backbone_sha256="b" * 64,
        **options,
    )
    values = np.concatenate([one[3] for one in scene[:-1]])
    truth = np.array([label for picture in pictures for label in picture.labels])
    return trained, values, truth


def by_scikit_learn(head, strength):
    if head == "logistic":
        return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
    perceptron = MLPClassifier(
        (100,), alpha=strength, learning_rate_init=3e-3, tol=1e-3, n_iter_no_change=5, random_state=7
    )
    return make_pipeline(StandardScaler(), perceptron)


def warmed(probabilities, temperature):
    """What division of all scores by a temperature makes of probabilities."""
    powers = probabilities ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("calibrate", [False, True], ids=["plain", "calibrated"])
@pytest.mark.parametrize("label_count", [2, len(CLASSES)])
@pytest.mark.parametrize("head", ["logistic", "mlp"])
def test_the_model_gives_what_scikit_learn_gives(head, label_count, calibrate, scene, tmp_path):
    _, values, truth = learned(scene, tmp_path, label_count, head=head, calibrate=calibrate, seed=7)
    info = read_info(tmp_path / "model.onnx")
    reference = by_scikit_learn(head, info.head["strength"]).fit(values.astype(np.float64), truth)
    pixels, rows, columns, seen, _ = scene[-1]

    found = describe(pixels, rows, columns, Network(tmp_path / "model.onnx", info.manifest, device="cpu"))

    expected = warmed(reference.predict_proba(seen.astype(np.float64)), info.head["temperature"])
    assert [label.id for label in info.labels] == reference.classes_.tolist()
    assert np.abs(found - expected).max() <= 2e-6
    assert np.array_equal(found.argmax(axis=1), expected.argmax(axis=1))
    assert calibrate or info.head["temperature"] == 1


def test_a_calibrated_model_is_tempered_where_that_helps(scene, tmp_path):
    trained, *_ = learned(scene, tmp_path, 2, head="mlp")

    temperature = read_info(tmp_path / "model.onnx").head["temperature"]

    calibration = trained.evaluation["calibration"]
    assert calibration["is_used"] == (calibration["nll_after"] < calibration["nll_before"])
    assert (temperature != 1) == calibration["is_used"]


def test_the_model_is_of_plain_operators_and_small(scene, tmp_path):
    learned(scene, tmp_path, len(CLASSES))

    session = ort.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])

    assert [one.name for one in session.get_outputs()] == ["probabilities"]
    assert b"pickle" not in (tmp_path / "model.onnx").read_bytes()
    assert (tmp_path / "model.onnx").stat().st_size < 60_000
