"""The features of labelled points: read from the store where they are known, computed and kept where they are not."""

import hashlib
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import numpy as np
import structlog
from msgspec import Struct

from darkroom.errors import NotFound
from darkroom.params_classify import FeaturesParams, TrainParams
from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.bundle import unite
from pipelines.classify.dataset import LabelledImage
from pipelines.classify.features import (
    FEATURES_VERSION,
    Features,
    Tick,
    decode_features,
    describe,
    encode_features,
)
from pipelines.classify.manifest import Manifest, from_dict
from pipelines.classify.network import Network
from pipelines.classify.picture import Picture, read_picture
from pipelines.errors import BadInput
from storage import media
from storage.classify import backbones
from workers.named import BACKBONE
from workers.work import Work

log = structlog.get_logger()


class Backbone(Struct, frozen=True):
    """A network that gives features. key: the digest of its file and its manifest together."""

    sha256: str
    key: str
    manifest: Manifest
    fetch: Callable[[], Path | bytes]


class Described(Struct, frozen=True):
    """The features of those points of a picture that have any. computed: how many of them are new.

    error: why the others have none, None where all have.
    """

    features: Features
    computed: int
    error: BadInput | None = None


def backbone_of(work: Work) -> Backbone:
    """Return the backbone that the params name, the built-in one when they name none."""
    params = work.params
    assert isinstance(params, FeaturesParams | TrainParams)  # noqa: S101 - the only kinds that call this
    if params.backbone is None:
        return _backbone(hashlib.sha256(bank_network()).hexdigest(), BANK, bank_network)
    with work.ledger() as db:
        manifest = backbones.get(db, params.backbone, None).manifest
    return _backbone(work.inputs[BACKBONE].sha256, from_dict(manifest), lambda: work.file(BACKBONE))


def _backbone(sha256: str, manifest: Manifest, fetch: Callable[[], Path | bytes]) -> Backbone:
    key = hashlib.sha256(sha256.encode() + msgspec.json.encode(manifest.as_dict())).hexdigest()
    return Backbone(sha256, key, manifest, fetch)


def opened(work: Work, backbone: Backbone) -> AbstractContextManager[Network]:
    """Give the backbone open, warm if an attempt before had it."""
    return work.networks.backbone(backbone.key, backbone.manifest, backbone.fetch)


def described(work: Work, backbone: Backbone, image: LabelledImage, tick: Tick) -> Described:
    """Return the features of an image's points. Those that are not yet kept are computed and kept for the next.

    The image is not read when all of them are known. Raises BadInput for the network's sake, Unavailable.
    """
    key = media.features_key(backbone.key, FEATURES_VERSION, image.sha256)
    known = _kept(work, key, backbone.manifest.length)
    asked = list(dict.fromkeys(zip(image.rows, image.columns, strict=True)))
    missing = sorted(set(asked) - _places(known))
    if not missing:
        return Described(_chosen(known, asked), 0)
    try:
        picture = _picture(work, image)
    except BadInput as error:
        return Described(_chosen(known, asked), 0, error)
    inside = [(row, column) for row, column in missing if row < picture.height and column < picture.width]
    computed = _computed(work, backbone, picture, inside, tick)
    known = unite(known, computed)
    if inside:
        work.blobs.put(key, io.BytesIO(encode_features(known)))
    return Described(_chosen(known, asked), len(inside), _outside(picture, missing, inside))


def _outside(
    picture: Picture, missing: list[tuple[int, int]], inside: list[tuple[int, int]]
) -> BadInput | None:
    if len(inside) == len(missing):
        return None
    outside = sorted(set(missing) - set(inside))
    row, column = outside[0]
    also = f", and {len(outside) - 1} more" if len(outside) > 1 else ""
    return BadInput(
        f"row {row}, column {column}{also}: outside its {picture.width}x{picture.height} pixels",
        code="point_outside",
    )


def _computed(
    work: Work, backbone: Backbone, picture: Picture, places: list[tuple[int, int]], tick: Tick
) -> Features:
    rows = np.array([row for row, _ in places], np.int32)
    columns = np.array([column for _, column in places], np.int32)
    with opened(work, backbone) as network:
        return Features(rows, columns, describe(picture.pixels, rows, columns, network, tick=tick))


def _kept(work: Work, key: str, length: int) -> Features:
    """Return what the store has of an image, nothing when that is gone or cannot be used."""
    stat = work.blobs.stat(key)
    if stat is not None:
        try:
            found = decode_features(work.blobs.read_range(key, 0, stat.size))
        except (NotFound, BadInput) as error:  # swept meanwhile, or damaged: the image has all of it
            log.warning("cannot use the kept features", key=key, error=str(error))
        else:
            if found.values.shape[1] == length:
                return found
    nothing = np.empty(0, np.int32)
    return Features(nothing, nothing, np.empty((0, length), np.float32))


def _picture(work: Work, image: LabelledImage) -> Picture:
    settings = work.settings
    try:
        with work.stored(media.blob_key(image.sha256)) as source:
            return read_picture(
                source,
                bytes_limit=settings.classify_bytes_limit,
                pixels_limit=settings.classify_pixels_limit,
                side_limit=settings.classify_side_limit,
            )
    except NotFound as error:
        raise BadInput("the image is no longer there", code="gone") from error


def _places(features: Features) -> set[tuple[int, int]]:
    return set(zip(features.rows.tolist(), features.columns.tolist(), strict=True))


def _chosen(known: Features, asked: list[tuple[int, int]]) -> Features:
    """Return those of the features that are asked for and known, in the order in which they are asked for."""
    places = zip(known.rows.tolist(), known.columns.tolist(), strict=True)
    where = {place: index for index, place in enumerate(places)}
    chosen = np.array([where[place] for place in asked if place in where], np.intp)
    return Features(known.rows[chosen], known.columns[chosen], known.values[chosen])
