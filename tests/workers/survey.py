"""A tiny survey for tests: pictures whose left half is dark sand and whose right half is bright coral."""

import hashlib
import io

import numpy as np
from PIL import Image

from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.dataset import Dataset, LabelInfo, LabelledImage
from pipelines.classify.features import Features, describe
from pipelines.classify.network import Network
from pipelines.classify.train import train_classifier

SIDE = 320
PLACES = [(80, 40), (240, 40), (80, 280), (240, 280)]  # row, column: two in the sand, two in the coral
CODES = ["sand", "sand", "coral", "coral"]


def picture(seed):
    """Return pixels (SIDE, SIDE, 3) uint8 RGB."""
    rng = np.random.default_rng(seed)
    pixels = rng.normal(60, 4, (SIDE, SIDE, 3))
    waves = 60 * np.sin(np.arange(SIDE) / rng.uniform(2.0, 3.0))
    pixels[:, SIDE // 2 :] = 150 + waves[:, None, None] + rng.normal(0, 12, (SIDE, SIDE // 2, 3))
    return pixels.clip(0, 255).astype(np.uint8)


def png(seed):
    """Return the picture as the bytes of a PNG."""
    content = io.BytesIO()
    Image.fromarray(picture(seed)).save(content, "png")
    return content.getvalue()


def train(out_dir, pictures=4):
    """Train a classifier of sand (1) and coral (2) without a server; return the path of its file."""
    network = Network(bank_network(), BANK, device="cpu")
    rows, columns = (tuple(place[i] for place in PLACES) for i in (0, 1))
    numbers = (1, 1, 2, 2)
    images, features = [], {}
    for seed in range(pictures):
        sha256 = hashlib.sha256(png(seed)).hexdigest()
        images.append(LabelledImage(sha256, f"{seed}.png", rows, columns, numbers))
        values = describe(picture(seed), rows, columns, network)
        features[sha256] = Features(np.array(rows, np.int32), np.array(columns, np.int32), values)
    labels = (LabelInfo(1, "sand", "Sand"), LabelInfo(2, "coral", "Hard coral"))
    digest = hashlib.sha256(bank_network()).hexdigest()
    train_classifier(
        Dataset(labels, tuple(images)),
        features,
        out_dir,
        backbone=bank_network(),
        manifest=BANK,
        backbone_sha256=digest,
    )
    return out_dir / "model.onnx"
