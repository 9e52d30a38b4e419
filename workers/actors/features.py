"""The actor of `features`: computes the features of a source's labelled points ahead of a training, and keeps them."""

from darkroom.jobs import Failure
from darkroom.params_classify import FeaturesParams
from darkroom.splits_classify import images_of
from pipelines.classify.dataset import read_dataset
from workers.featured import backbone_of, described
from workers.patience import slowly
from workers.work import Made, Work

NAMED = 20  # of the images that lack features: the summary counts all


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, FeaturesParams)  # noqa: S101 - the table of actors pairs kinds and params
    dataset, backbone = read_dataset(work.file("labels")), backbone_of(work)
    images = [dataset.images[i] for i in images_of(work.part, work.parts_total, len(dataset.images))]
    computed, known = 0, 0
    errors: list[dict[str, str]] = []
    for done, image in enumerate(images):
        work.tick(done, len(images), "features")
        found = described(work, backbone, image, slowly(work.tick, done, len(images), "features"))
        computed += found.computed
        known += len(found.features.rows) - found.computed
        if found.error is not None:
            errors.append({"image": image.name, "code": found.error.code, "message": found.error.message})
    work.tick(len(images), len(images), "kept")
    summary = {
        "images": len(images),
        "computed": computed,
        "known": known,
        "failed": len(errors),
        "errors": errors[:NAMED],
    }
    return Made(summary=summary, failure=_failure(errors, len(images)))


def _failure(errors: list[dict[str, str]], images: int) -> Failure | None:
    if not errors:
        return None
    first = errors[0]
    return Failure(
        first["code"],
        f"{len(errors)} of {images} images have points without features, {first['image']!r} first: {first['message']}",
        "the others were kept",
    )
