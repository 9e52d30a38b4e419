"""How strong a penalty is chosen: by pictures left out, the strongest first, and none that is weaker than need be."""

from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.train import train_classifier
from tests.pipelines.learning import features_of, survey


def head(noise, folder):
    """Train on features that tell the labels more or less; return what was chosen."""
    dataset, _ = survey(images=20)
    features = features_of(dataset.images, length=BANK.length, noise=noise)
    trained = train_classifier(
        dataset, features, folder, backbone=bank_network(), manifest=BANK, backbone_sha256="0" * 64
    )
    return trained.evaluation["head"]


def test_features_that_say_little_are_held_short(tmp_path):
    noise = 30.0

    chosen = head(noise, tmp_path)

    assert chosen["strength"] == 0.001
    assert chosen["strengths"] == [0.001, 0.01]


def test_features_that_say_all_are_let_loose(tmp_path):
    noise = 0.1

    chosen = head(noise, tmp_path)

    assert chosen["strength"] >= 1.0


def test_the_loss_falls_up_to_the_chosen_strength(tmp_path):
    noise = 8.0

    chosen = head(noise, tmp_path)

    *falling, last = chosen["losses"]
    assert falling == sorted(falling, reverse=True) and last > falling[-1]
    assert chosen["strength"] == chosen["strengths"][-2]
