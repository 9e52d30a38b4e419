"""The content that params name besides the inputs: models, backbones, media of images; read by the owner's rights."""

import sqlalchemy as sa

from darkroom.errors import Invalid, NotFound
from darkroom.jobs import Input
from darkroom.params import Params
from darkroom.params_classify import ClassifyParams, FeaturesParams, TrainParams
from storage import media
from storage.classify import backbones, classifiers

MODEL, BACKBONE, IMAGES = "model", "backbone", "images"


def image_role(index: int) -> str:
    """Return the role of the medium that the image with this index is."""
    return f"{IMAGES}/{index}"


def named_inputs(db: sa.Connection, params: Params, owner: int) -> list[Input]:
    """Return what is to be read besides the inputs, so that it decides the result and is kept while the job is open.

    Raises Invalid, naming the field, for what is not there or not the owner's; NotReady for a classifier that is still
    being trained, Conflict for one whose training failed.
    """
    match params:
        case ClassifyParams():
            return [_model(db, params.classifier, owner), *_images(db, params, owner)]
        case TrainParams() | FeaturesParams():
            return [] if params.backbone is None else [_backbone(db, params.backbone, owner)]
        case _:
            return []


def _model(db: sa.Connection, classifier_id: int, owner: int) -> Input:
    try:
        model = classifiers.usable(db, classifier_id, owner)
    except NotFound as error:
        raise Invalid(error.message, where="/params/classifier") from error
    return Input(MODEL, model.media_id, model.sha256)


def _backbone(db: sa.Connection, backbone_id: int, owner: int) -> Input:
    try:
        usable = backbones.usable(db, backbone_id, owner)
    except NotFound as error:
        raise Invalid(error.message, where="/params/backbone") from error
    return Input(BACKBONE, usable.media_id or 0, usable.sha256)


def _images(db: sa.Connection, params: ClassifyParams, owner: int) -> list[Input]:
    asked = {i: image.media for i, image in enumerate(params.images) if image.media is not None}
    records = media.by_ids(db, sorted(set(asked.values())))
    inputs = []
    for i, media_id in asked.items():
        record = records.get(media_id)
        if record is None or record.owner != owner:
            raise Invalid(f"there is no media {media_id}", where=f"/params/images/{i}/media")
        inputs.append(Input(image_role(i), record.id, record.sha256))
    return inputs
