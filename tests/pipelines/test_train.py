"""Training: every label kept, what is missing told, and the same bytes twice."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.classifier import Classifier
from pipelines.classify.dataset import Dataset
from pipelines.classify.features import Features
from pipelines.classify.model_file import describe_model
from pipelines.classify.train import train_classifier
from pipelines.errors import BadInput
from tests.pipelines.learning import features_of, image, labels, survey

NOTHING = Dataset(labels(3), ())


def wide(features):
    """Features as long as the bank's: the others are nothing."""
    return {
        sha256: replace(one, values=np.pad(one.values, ((0, 0), (0, BANK.length - one.values.shape[1]))))
        for sha256, one in features.items()
    }


def train(dataset, features, folder, **options):
    folder.mkdir(exist_ok=True)
    return train_classifier(
        dataset,
        wide(features),
        folder,
        backbone=bank_network(),
        manifest=BANK,
        backbone_sha256="b" * 64,
        **options,
    )


@pytest.mark.parametrize("head", ["logistic", "mlp"])
def test_a_run_and_a_rerun_give_the_same_bytes(head, tmp_path):
    dataset, features = survey()
    first = train(dataset, features, tmp_path / "first", head=head)

    again = train(dataset, features, tmp_path / "again", head=head)

    assert again.files == ("model.onnx", "evaluation.json", "confusion.png")
    for name in first.files:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_the_evaluation_is_strict_json_and_the_summary_is_of_it(tmp_path):
    dataset, features = survey()

    summary = train(dataset, features, tmp_path).as_dict()

    written = json.loads((tmp_path / "evaluation.json").read_text(), parse_constant=pytest.fail)
    assert written["points"] == summary["points"] == 120
    assert written["accuracy"] == summary["accuracy"] > 0.9
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_what_the_model_was_trained_on_stands_in_it(tmp_path):
    dataset, features = survey(label_count=2)
    train(dataset, features, tmp_path)

    told = describe_model(tmp_path / "model.onnx")

    assert told["labels"] == [
        {"id": 10, "code": "L0", "name": "Label 0"},
        {"id": 20, "code": "L1", "name": "Label 1"},
    ]
    assert told["backbone"] == {"name": "bank-v1", "sha256": "b" * 64, "length": 164}
    assert told["manifest"]["output_name"] == "probabilities" and told["manifest"]["patch_px"] == 224
    assert told["dataset_sha256"] == dataset.sha256
    assert told["figures"]["points"] == 120


def test_a_label_with_one_sample_keeps_its_column_and_is_told(tmp_path):
    dataset, features = survey(label_count=2)
    rare = image(50, [2, 0, 1])
    dataset = Dataset(labels(3), (*dataset.images, rare))

    trained = train(dataset, features | features_of([rare]), tmp_path)

    assert trained.as_dict()["not_evaluated"] == ["L2"]
    assert trained.as_dict()["labels"] == 3
    assert [label.code for label in Classifier(tmp_path / "model.onnx", device="cpu").labels] == [
        "L0",
        "L1",
        "L2",
    ]
    assert trained.evaluation["confusion"]["counts"][2][2] == 0  # nobody who never saw it can name it


def test_a_label_without_points_is_told(tmp_path):
    dataset, features = survey(label_count=2)

    trained = train(Dataset(labels(3), dataset.images), features, tmp_path)

    assert trained.evaluation["labels_without_points"] == [{"id": 30, "code": "L2", "name": "Label 2"}]
    assert trained.as_dict()["labels"] == 2


def test_thirty_labels_are_thirty_columns(tmp_path):
    dataset, features = survey(images=25, points=40, label_count=30)

    trained = train(dataset, features, tmp_path)

    assert np.array(trained.evaluation["confusion"]["counts"]).shape == (30, 30)
    assert trained.as_dict()["not_evaluated"] == []


def test_points_without_features_are_left_out_and_told(tmp_path):
    dataset, features = survey(images=6)
    unknown, half = dataset.images[0], dataset.images[1]
    known = features[half.sha256]
    features[half.sha256] = Features(known.rows[:4], known.columns[:4], known.values[:4])
    del features[unknown.sha256]

    summary = train(dataset, features, tmp_path).as_dict()

    assert summary["points"] == 44 and summary["images"] == 5
    assert summary["left_out"] == [
        {"image": unknown.name, "points": 10, "why": "no features are known of these points"},
        {"image": half.name, "points": 6, "why": "no features are known of these points"},
    ]


def test_of_a_place_that_is_named_twice_the_first_counts(tmp_path):
    dataset, features = survey(images=6)
    first = dataset.images[0]
    again = replace(first, name="copy.jpg", labels=first.labels[::-1])

    summary = train(Dataset(dataset.labels, (*dataset.images, again)), features, tmp_path).as_dict()

    assert summary["points"] == 60
    assert summary["left_out"] == [
        {"image": "copy.jpg", "points": 10, "why": "this place is named more than once"}
    ]


def test_two_images_are_enough(tmp_path):
    pictures = (image(1, [0, 1, 0, 1]), image(2, [1, 0, 1, 0]))

    trained = train(Dataset(labels(2), pictures), features_of(pictures), tmp_path)

    assert trained.evaluation["folds"] == 2
    assert trained.evaluation["accuracy"] == 1.0


def test_two_images_with_no_label_in_common_are_told_to_prove_nothing(tmp_path):
    pictures = (image(1, [0, 0]), image(2, [1, 1]))

    trained = train(Dataset(labels(2), pictures), features_of(pictures), tmp_path)

    assert trained.as_dict()["not_evaluated"] == ["L0", "L1"]
    assert trained.evaluation["accuracy"] == 0.0
    assert trained.evaluation["balanced_accuracy"] is None


def test_balance_makes_a_rare_label_as_heavy_as_a_common_one(tmp_path):
    pictures = [image(number, [0] * 19 + [1]) for number in range(10)]
    features = features_of(pictures, noise=3.0)
    dataset = Dataset(labels(2), tuple(pictures))
    plain = train(dataset, features, tmp_path / "plain").evaluation["labels"][1]["recall"]

    balanced = train(dataset, features, tmp_path / "balanced", balance=True).evaluation["labels"][1]["recall"]

    assert balanced > plain


def test_ticks_end_with_all_fits_done(tmp_path):
    dataset, features = survey()
    told = []

    train(dataset, features, tmp_path, tick=lambda *step: told.append(step))

    done, steps, phases = zip(*told, strict=True)
    assert list(done) == sorted(done) and done[-1] == steps[-1]
    assert len(set(steps)) == 1 and set(phases) == {"fits"}


@pytest.mark.parametrize(
    ("pictures", "code"),
    [
        ((), "no_points"),
        ((image(1, []),), "no_points"),
        ((image(1, [1, 1]), image(2, [1])), "one_label"),
        ((image(1, [0, 1, 2]),), "one_image"),
    ],
    ids=["no image", "no point", "one label", "one image"],
)
def test_what_cannot_be_learned_from_is_refused(pictures, code, tmp_path):
    dataset = replace(NOTHING, images=pictures)

    with pytest.raises(BadInput) as refused:
        train(dataset, features_of(pictures), tmp_path)

    assert refused.value.code == code
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [np.nan, np.inf, -3e38])
def test_features_that_cannot_be_reckoned_with_are_refused(value, tmp_path):
    dataset, features = survey(images=6)
    features[dataset.images[0].sha256].values[0, 0] = value

    with pytest.raises(BadInput) as refused:
        train(dataset, features, tmp_path)

    assert refused.value.code == "bad_features"


def test_many_features_that_say_little_are_held_by_the_strongest_penalty(tmp_path):
    dataset, _ = survey(images=10, label_count=2)
    features = features_of(dataset.images, length=BANK.length, noise=40.0)

    trained = train(dataset, features, tmp_path)

    assert trained.evaluation["head"]["strengths"] == [
        0.001,
        0.01,
    ]  # the second does worse: the others are not tried
    assert trained.evaluation["head"]["strength"] == 0.001
    assert trained.evaluation["negative_log_likelihood"] < 1.0
