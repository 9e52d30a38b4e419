"""Folds and documents: a picture stays in its fold, and a dataset is read as it was written."""

import json

import msgspec
import numpy as np
import pytest

from pipelines.classify.dataset import encode_dataset, read_dataset
from pipelines.classify.folds import deal_folds, fold_of
from pipelines.errors import BadInput
from tests.pipelines.learning import digest, survey


def test_many_pictures_keep_their_fold_when_others_come():
    few, more = [digest(n) for n in range(40)], [digest(n) for n in range(80)]

    folds = deal_folds(few)

    assert np.array_equal(folds, deal_folds(more)[:40])
    assert np.array_equal(folds, [fold_of(sha256) for sha256 in few])


@pytest.mark.parametrize(("pictures", "folds"), [(2, 2), (4, 4), (5, 5), (19, 5), (200, 5)])
def test_no_fold_is_empty(pictures, folds):
    dealt = deal_folds([digest(number) for number in range(pictures)])

    assert set(dealt.tolist()) == set(range(folds))


def test_few_pictures_are_dealt_alike_in_any_order():
    names = [digest(number) for number in range(7)]

    dealt = dict(zip(names, deal_folds(names), strict=True))

    assert dealt == dict(zip(names[::-1], deal_folds(names[::-1]), strict=True))


def test_a_dataset_is_read_as_it_was_written():
    dataset, _ = survey(images=3)

    again = read_dataset(encode_dataset(dataset))

    assert again == dataset and again.sha256 == dataset.sha256


def test_the_document_is_what_msgspec_writes_of_it():
    dataset, _ = survey(images=3)
    document = encode_dataset(dataset)

    written = msgspec.json.encode(json.loads(document))

    assert document == written


def changed(change):
    document = json.loads(encode_dataset(survey(images=2)[0]))
    change(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"", "no dataset"),
        (b"[]", "no dataset"),
        (b"\xff\xfe", "no dataset"),
        (b'{"version":2}', "version 2"),
        (changed(lambda document: document["images"][0].pop("rows")), "no dataset"),
        (changed(lambda document: document["images"][0]["rows"].pop()), "unlike numbers"),
        (changed(lambda document: document["images"][0]["labels"].__setitem__(0, 999)), "label 999"),
        (changed(lambda document: document["labels"].append(document["labels"][0])), "two labels of one id"),
    ],
)
def test_what_is_no_dataset_is_refused(document, told):
    with pytest.raises(BadInput, match=told) as refused:
        read_dataset(document)

    assert refused.value.code == "bad_dataset"


def test_a_dataset_is_read_from_a_file(tmp_path):
    dataset, _ = survey(images=2)
    (tmp_path / "labels.json").write_bytes(encode_dataset(dataset))

    found = read_dataset(tmp_path / "labels.json")

    assert found == dataset
