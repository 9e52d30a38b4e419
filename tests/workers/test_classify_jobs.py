"""What classify jobs find, by real workers: in media and frames, at points and on grids, and what is wrong with some."""

import msgspec
import pytest

from darkroom.errors import Conflict, Invalid, NotReady
from darkroom.jobs import JobState
from storage import users
from storage.classify import classifiers, results
from storage.engine import read, write
from tests.workers.classifying import LABELS, first
from tests.workers.survey import PLACES, SIDE, png
from workers import bell, enqueue

SAND, CORAL = 1, 2
POINTS = [{"row": row, "column": column} for row, column in PLACES]
TWO = {"rows": 1, "columns": 2}


@pytest.fixture
def database_url(tmp_path):
    """One kind of database: that the ledger moves alike on both is shown elsewhere."""
    return f"sqlite:///{tmp_path / 'darkroom.db'}"


def test_points_have_their_labels_in_the_order_of_the_request(house, make_bench):
    images = [{"media": house.put(png(7)), "points": POINTS[::-1], "name": "seven"}]
    job_id = house.order(images=images)

    make_bench().drain()

    assert house.job(job_id).state is JobState.SUCCEEDED
    (image,) = house.found(job_id)
    assert (image["name"], image["width"], image["height"]) == ("seven", SIDE, SIDE)
    assert [{"row": at["row"], "column": at["column"]} for at in image["points"]] == POINTS[::-1]
    assert first(image) == [CORAL, CORAL, SAND, SAND]
    assert sum(score for _, score in image["points"][0]["classes"]) == pytest.approx(1.0, abs=1e-5)
    assert house.files(job_id) == ["classified.json", "overlay-0.jpg"]


def test_a_point_that_stands_there_twice_is_told_twice(house, make_bench):
    job_id = house.order(images=[{"media": house.put(png(7)), "points": [POINTS[0]] * 2}], overlay=False)

    make_bench().drain()

    (image,) = house.found(job_id)
    assert image["points"][0] == image["points"][1]


def test_a_grid_needs_no_points(house, make_bench):
    media_id = house.put(png(8))
    grid = {"rows": 1, "columns": 4}
    job_id = house.order(images=[{"media": media_id, "grid": grid}], overlay=False, top=1)

    make_bench().drain()

    (image,) = house.found(job_id)
    assert [(at["row"], at["column"]) for at in image["points"]] == [
        (159, 39),
        (159, 119),
        (159, 199),
        (159, 279),
    ]
    assert (first(image)[0], first(image)[-1]) == (SAND, CORAL)
    assert [len(at["classes"]) for at in image["points"]] == [1, 1, 1, 1]


def test_an_image_that_fails_costs_no_other(house, make_bench):
    good, bad = house.put(png(7)), house.put(b"<svg></svg>")
    cut = house.put(png(7)[:20_000])
    images = [
        {"media": good, "points": POINTS},
        {"media": bad, "points": POINTS},
        {"media": cut, "points": POINTS},
        {"media": good, "points": [{"row": 0, "column": 0}, {"row": SIDE, "column": 0}]},
    ]
    job_id = house.order(images=images)

    make_bench().drain()

    job = house.job(job_id)
    assert (job.state, job.parts_total) == (JobState.PARTIAL, 4)
    errors = [(image.get("error") or {}).get("message") for image in house.found(job_id)]
    assert errors == [
        None,
        "This file is not a supported image.",
        "The image is damaged or incomplete.",
        "Row 320 is outside the image's valid range of 0-319.",
    ]
    assert job.read_failure().code == "unsupported_picture"
    assert house.files(job_id).count("00000-overlay-0.jpg") == 1


def test_nothing_is_said_to_be_kept_where_every_image_failed(house, make_bench):
    images = [{"media": house.put(content), "points": POINTS} for content in (b"<svg></svg>", b"GIF89a")]
    settings = msgspec.structs.replace(house.settings, classify_parts_limit=1)
    job_id = house.order(images=images, settings=settings)

    make_bench().drain()

    failure = house.job(job_id).read_failure()
    assert failure.message == "image 0: This file is not a supported image, and 1 more of 2"
    assert failure.hint is None


def test_many_images_are_taken_together(house, make_bench):
    good, bad = house.put(png(7)), house.put(b"GIF89a")
    images = [{"media": media_id, "grid": TWO} for media_id in (good, bad, good, good, good)]
    settings = msgspec.structs.replace(house.settings, classify_parts_limit=2)
    job_id = house.order(images=images, overlay=False, settings=settings)
    with read(house.engine) as db:
        before = results.counts(db, house.job(job_id))

    make_bench().drain()

    assert house.job(job_id).parts_total == 2
    assert [image["index"] for image in house.found(job_id)] == [0, 1, 2, 3, 4]
    with read(house.engine) as db:
        after = results.counts(db, house.job(job_id))
    assert (before.total, before.classified, before.failed) == (5, 0, 0)
    assert (after.total, after.classified, after.failed) == (5, 4, 1)


def test_every_so_many_frames_of_a_movie_are_classified(house, make_bench, upload, dotted):
    media_id, _ = upload(dotted)
    make_bench().drain()
    settings = msgspec.structs.replace(house.settings, classify_parts_limit=2)
    job_id = house.order(
        inputs={"movie": media_id}, movie={"every": 4, "start": 1}, grid=TWO, overlay=False, settings=settings
    )

    make_bench().drain()

    assert house.job(job_id).state is JobState.SUCCEEDED
    told = [(image["index"], image["frame"], image["seconds"]) for image in house.found(job_id)]
    assert told == [(0, 1, 0.1), (1, 5, 0.5), (2, 9, 0.9)]
    assert [len(image["points"]) for image in house.found(job_id)] == [2, 2, 2]


def test_a_job_is_answered_by_one_before_unless_what_it_reads_may_change(house, make_bench):
    images = [{"media": house.put(png(7)), "grid": TWO}]
    elsewhere = [{"url": "http://127.0.0.1:9/a.png", "grid": TWO}]
    before, fetched = house.order(images=images), house.order(images=elsewhere)
    make_bench().drain()

    again, once_more = house.order(images=images), house.order(images=elsewhere)

    assert house.job(again).reused_from == before
    assert house.job(once_more).reused_from is None
    assert once_more != fetched
    (image,) = house.found(fetched)
    assert image["error"] == {"code": "could_not_download", "message": "Could not download this image."}


def test_the_model_decides_the_answer(house, make_bench, model, tmp_path):
    images = [{"media": house.put(png(7)), "grid": TWO}]
    first_job = house.order(images=images)
    make_bench().drain()
    house.classifier = house.install(model)

    second = house.order(images=images)

    assert house.job(second).reused_from is None
    assert house.job(second).id != first_job


def test_what_is_not_the_owners_is_not_there(house):
    with write(house.engine) as db:
        stranger = users.add(db, "eve")
    theirs = house.put(png(7), owner=stranger)
    mine = house.put(png(7))

    with pytest.raises(Invalid) as refused:
        house.order(images=[{"media": mine, "grid": TWO}, {"media": theirs, "grid": TWO}])

    assert (refused.value.where, refused.value.message) == (
        "/params/images/1/media",
        f"there is no media {theirs}",
    )


def test_a_classifier_that_is_not_ready_or_not_accessible_is_told(house, model):
    with write(house.engine) as db:
        stranger = users.add(db, "eve")
    private = house.install(model, owner=stranger)
    images = [{"media": house.put(png(7)), "grid": TWO}]

    with pytest.raises(Invalid) as refused:
        house.order(images=images, classifier=private)

    assert refused.value.where == "/params/classifier"
    assert refused.value.message == "This classifier doesn't exist or is not accessible"


@pytest.mark.parametrize(("state", "error"), [("training", NotReady), ("failed", Conflict)])
def test_a_classifier_that_was_not_made_cannot_be_used(house, state, error):
    with write(house.engine) as db:
        source = classifiers.get(db, house.classifier, house.owner).source
        new = classifiers.NewClassifier(source=source, owner=house.owner, name="x", job=0, labels=LABELS)
        unready = classifiers.add(db, new)
        if state == "failed":
            found = classifiers.get(db, unready, house.owner)
            classifiers.settle(db, found, classifiers.State.FAILED)

    with pytest.raises(error):
        house.order(images=[{"media": house.put(png(7)), "grid": TWO}], classifier=unready)


def test_what_comes_with_something_else_is_not_ordered(house):
    order = enqueue.Order(kind="train", params={"source": 1, "images": 1}, owner=house.owner)

    with pytest.raises(Invalid) as refused:
        enqueue.submit(house.engine, bell.connect(house.settings, house.engine), house.settings, order)

    assert refused.value.where == "/kind"
