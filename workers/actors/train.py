"""The actor of `train`: gathers the features of a source's labelled points, alone or with others, and learns from them."""

from collections.abc import Sequence

from darkroom.params_classify import TrainParams
from darkroom.splits_classify import images_of
from pipelines.classify.bundle import Bundle, decode_bundle, encode_bundle
from pipelines.classify.dataset import Dataset, LabelledImage, read_dataset
from pipelines.classify.train import train_classifier
from workers.featured import Backbone, backbone_of, described
from workers.patience import slowly
from workers.work import Made, Work

PIECE = "features.arrow"
ARROW = "application/vnd.apache.arrow.file"
CONTENT_TYPES = {
    "model.onnx": "application/octet-stream",
    "evaluation.json": "application/json",
    "confusion.png": "image/png",
}


def develop(work: Work) -> Made:
    dataset, backbone = read_dataset(work.file("labels")), backbone_of(work)
    if work.is_join:
        return _learned(work, dataset, backbone, _joined(work))
    others = max(work.parts_total - 1, 1)
    images = [dataset.images[i] for i in images_of(work.part, others, len(dataset.images))]
    gathered = _gathered(work, backbone, images)
    if work.parts_total == 1:
        return _learned(work, dataset, backbone, gathered)
    return _piece(work, backbone, gathered)


def _gathered(work: Work, backbone: Backbone, images: Sequence[LabelledImage]) -> Bundle:
    """Return the features of these images, and why some have none, which is told by whoever learns from them."""
    bundle = Bundle()
    for done, image in enumerate(images):
        work.tick(done, len(images), "features")
        found = described(work, backbone, image, slowly(work.tick, done, len(images), "features"))
        bundle.add(image.sha256, found.features)
        if found.error is not None:
            bundle.lacking[image.sha256] = found.error.message
    work.tick(len(images), len(images), "gathered")
    return bundle


def _piece(work: Work, backbone: Backbone, gathered: Bundle) -> Made:
    (work.folder() / PIECE).write_bytes(encode_bundle(gathered, backbone.manifest.length))
    points = sum(len(one.rows) for one in gathered.features.values())
    return Made(summary={"images": len(gathered.features), "points": points}, files=[(PIECE, ARROW)])


def _joined(work: Work) -> Bundle:
    joined = Bundle()
    for piece in work.pieces:
        bundle = decode_bundle(work.fetch(piece).read_bytes())
        for sha256, found in bundle.features.items():
            joined.add(sha256, found)
        joined.lacking.update(bundle.lacking)
    return joined


def _learned(work: Work, dataset: Dataset, backbone: Backbone, gathered: Bundle) -> Made:
    params = work.params
    assert isinstance(params, TrainParams)  # noqa: S101 - the table of actors pairs kinds and params
    trained = train_classifier(
        dataset,
        gathered.features,
        work.folder(),
        lacking=gathered.lacking,
        backbone=backbone.fetch(),
        manifest=backbone.manifest,
        backbone_sha256=backbone.sha256,
        head=params.head,
        calibrate=params.calibrate,
        balance=params.balance,
        seed=params.seed,
        tick=work.tick,
    )
    return Made(summary=trained.as_dict(), files=[(name, CONTENT_TYPES[name]) for name in trained.files])
