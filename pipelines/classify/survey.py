"""Train on picture files and what somebody saw at their points, with neither a server nor a store."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.bundle import Bundle
from pipelines.classify.dataset import Dataset, LabelInfo, LabelledImage
from pipelines.classify.features import Features, Tick, describe
from pipelines.classify.fit import HeadKind
from pipelines.classify.manifest import Manifest
from pipelines.classify.network import Network
from pipelines.classify.picture import read_picture
from pipelines.classify.train import Trained, train_classifier

Seen = tuple[int, int, str]  # row, column, the label's code


def train_on_pictures(
    seen: Mapping[str, Sequence[Seen]],
    out_dir: Path,
    *,
    backbone: Path | None = None,
    manifest: Manifest = BANK,
    head: HeadKind = "logistic",
    balance: bool = False,
    seed: int = 0,
    tick: Tick | None = None,
) -> Trained:
    """Write model.onnx, evaluation.json and confusion.png into out_dir; equal arguments give equal bytes.

    seen: by picture file, what is at which of its pixels, rows and columns counted from 0, top left. Labels have ids from
    1 on, in the order of their codes. backbone, manifest: an ONNX file and how it is fed; else the built-in one.
    Raises BadInput as `read_picture`, `describe` and `train_classifier` do.
    """
    model = bank_network() if backbone is None else backbone.read_bytes()
    codes = sorted({code for points in seen.values() for _, _, code in points})
    id_by_code = {code: number for number, code in enumerate(codes, start=1)}
    network = Network(model, manifest)
    images: list[LabelledImage] = []
    bundle = Bundle()
    for done, (name, points) in enumerate(seen.items()):
        if tick is not None:
            tick(done, len(seen), "features")
        image = _labelled(Path(name), points, id_by_code)
        bundle.add(image.sha256, _described(Path(name), image, network))
        images.append(image)
    network.close()
    labels = tuple(LabelInfo(number, code, code) for code, number in id_by_code.items())
    dataset = Dataset(labels, tuple(sorted(images, key=lambda image: (image.sha256, image.name))))
    return train_classifier(
        dataset,
        bundle.features,
        out_dir,
        backbone=model,
        manifest=manifest,
        backbone_sha256=hashlib.sha256(model).hexdigest(),
        head=head,
        balance=balance,
        seed=seed,
        tick=tick,
    )


def _labelled(path: Path, points: Sequence[Seen], id_by_code: Mapping[str, int]) -> LabelledImage:
    return LabelledImage(
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        name=path.name,
        rows=tuple(row for row, _, _ in points),
        columns=tuple(column for _, column, _ in points),
        labels=tuple(id_by_code[code] for _, _, code in points),
    )


def _described(path: Path, image: LabelledImage, network: Network) -> Features:
    values = describe(read_picture(path).pixels, image.rows, image.columns, network)
    return Features(np.array(image.rows, np.int32), np.array(image.columns, np.int32), values)
