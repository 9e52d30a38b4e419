"""The actor of `train`: gathers the features of a source's labelled points, alone or with others, and learns from them."""

from collections.abc import Sequence

from darkroom.params_classify import TrainParams
from darkroom.splits_classify import images_of
from pipelines.classify.bundle import decode_bundle, encode_bundle, unite
from pipelines.classify.dataset import LabelledImage, read_dataset
from pipelines.classify.features import Features
from pipelines.classify.train import train_classifier
from workers.featured import Backbone, backbone_of, described
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
        return _learned(work, backbone, _joined(work))
    others = max(work.parts_total - 1, 1)
    images = [dataset.images[i] for i in images_of(work.part, others, len(dataset.images))]
    features = _gathered(work, backbone, images)
    return _learned(work, backbone, features) if work.parts_total == 1 else _piece(work, backbone, features)


def _gathered(work: Work, backbone: Backbone, images: Sequence[LabelledImage]) -> dict[str, Features]:
    """Return features by the digest of their image; what has none is told by whoever learns from them."""
    features: dict[str, Features] = {}
    for done, image in enumerate(images):
        work.tick(done, len(images), "features")
        _add(features, image.sha256, described(work, backbone, image).features)
    work.tick(len(images), len(images), "gathered")
    return features


def _piece(work: Work, backbone: Backbone, features: dict[str, Features]) -> Made:
    (work.folder() / PIECE).write_bytes(encode_bundle(features, backbone.manifest.length))
    points = sum(len(one.rows) for one in features.values())
    return Made(summary={"images": len(features), "points": points}, files=[(PIECE, ARROW)])


def _joined(work: Work) -> dict[str, Features]:
    features: dict[str, Features] = {}
    for piece in work.pieces:
        for sha256, found in decode_bundle(work.fetch(piece).read_bytes()).items():
            _add(features, sha256, found)
    return features


def _add(features: dict[str, Features], sha256: str, found: Features) -> None:
    """One picture may be two images of a source."""
    features[sha256] = unite(features[sha256], found) if sha256 in features else found


def _learned(work: Work, backbone: Backbone, features: dict[str, Features]) -> Made:
    params = work.params
    assert isinstance(params, TrainParams)  # noqa: S101 - the table of actors pairs kinds and params
    trained = train_classifier(
        read_dataset(work.file("labels")),
        features,
        work.folder(),
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
