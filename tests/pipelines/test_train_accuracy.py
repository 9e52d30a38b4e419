"""How well the built-in backbone tells made seabeds apart, on pictures that it was not trained on."""

import numpy as np

from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.classifier import Classifier
from pipelines.classify.dataset import Dataset, LabelInfo, LabelledImage
from pipelines.classify.features import Features, describe
from pipelines.classify.network import Network
from pipelines.classify.train import train_classifier
from pipelines.textures import CLASSES, texture_image, texture_points
from tests.pipelines.learning import digest

POINTS = 25
TRAINING, TEST = range(20), range(140, 148)
SET = tuple(LabelInfo(index, code, code.title()) for index, code in enumerate(CLASSES))


def test_twenty_pictures_are_enough_to_name_most_points_of_others(tmp_path):
    network = Network(bank_network(), BANK, device="cpu")
    pictures, features = [], {}
    for seed in TRAINING:
        pixels, classes = texture_image(seed)
        rows, columns = texture_points(seed, POINTS)
        truth = tuple(classes[rows, columns].tolist())
        pictures.append(
            LabelledImage(digest(seed), f"{seed}.png", tuple(rows.tolist()), tuple(columns.tolist()), truth)
        )
        features[digest(seed)] = Features(rows, columns, describe(pixels, rows, columns, network))
    trained = train_classifier(
        Dataset(SET, tuple(pictures)),
        features,
        tmp_path,
        backbone=bank_network(),
        manifest=BANK,
        backbone_sha256="b" * 64,
    )
    classifier = Classifier(tmp_path / "model.onnx", device="cpu")

    right = []
    for seed in TEST:
        pixels, classes = texture_image(seed)
        rows, columns = texture_points(seed, POINTS)
        found = classifier.classify(pixels, rows, columns, top=1)
        right += [point[0][0] == label for point, label in zip(found, classes[rows, columns], strict=True)]

    assert np.mean(right) >= 0.85  # by chance 0.125
    assert trained.evaluation["accuracy"] >= 0.8  # what it promises of itself is not more than it holds
    assert abs(trained.evaluation["accuracy"] - np.mean(right)) < 0.1
    assert trained.evaluation["calibration_error"] < 0.08
