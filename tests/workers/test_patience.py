"""A part tells how far the points of a picture are, so that a long one is not taken for stuck."""

import io

import pytest

from darkroom.jobs import Input
from darkroom.params_classify import FeaturesParams, TrainParams
from darkroom.settings import Settings
from pipelines.classify.dataset import Dataset, LabelInfo, LabelledImage, encode_dataset
from storage import blobs
from tests.workers.survey import PLACES, png
from workers import patience
from workers.actors import features, train
from workers.movies import Movies
from workers.networks import Networks
from workers.patience import slowly
from workers.work import Work


@pytest.fixture
def told():
    return []


@pytest.fixture
def work_on(tmp_path, told):
    """Makes the work on two pictures of four points."""

    def work_on(params):
        settings = Settings(data_dir=str(tmp_path))
        store = blobs.connect(settings)
        store.prepare()
        rows, columns = (tuple(place[i] for place in PLACES) for i in (0, 1))
        shas = sorted(store.put(None, io.BytesIO(png(seed))).sha256 for seed in range(2))
        images = tuple(LabelledImage(sha, f"{sha}.png", rows, columns, (1, 1, 2, 2)) for sha in shas)
        dataset = Dataset((LabelInfo(1, "a", "A"), LabelInfo(2, "b", "B")), images)
        labels = store.put(None, io.BytesIO(encode_dataset(dataset)))
        return Work(
            params=params,
            inputs={"labels": Input("labels", 1, labels.sha256)},
            part=0,
            scratch=tmp_path / "scratch",
            blobs=store,
            settings=settings,
            tick=lambda *said: told.append(said),
            movies=Movies(store, settings),
            networks=Networks(settings),
        )

    return work_on


def test_points_are_told_when_it_is_time(monkeypatch, told):
    clock = iter([0.0, 4.0, 6.0, 6.0, 10.0])
    monkeypatch.setattr(patience.time, "monotonic", lambda: next(clock))
    tick = slowly(lambda *said: told.append(said), 1, 3, "images")

    for points in (16, 32, 48):
        tick(points, 64, "points")

    assert told == [(1, 3, "images, 32 of 64 points of the next")]


@pytest.mark.parametrize(
    ("actor", "params"),
    [(features, FeaturesParams(source=1, images=2)), (train, TrainParams(source=1, images=2))],
)
def test_who_computes_features_tells_of_points(monkeypatch, work_on, told, actor, params):
    monkeypatch.setattr(patience, "POINTS_SECONDS", 0.0)

    actor.develop(work_on(params))

    assert (0, 2, "features, 4 of 4 points of the next") in told
    assert (1, 2, "features, 4 of 4 points of the next") in told
