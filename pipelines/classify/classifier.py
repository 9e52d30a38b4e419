"""A classifier at work: points of a picture in, the likeliest labels of each out."""

from pathlib import Path

import numpy as np

from pipelines.classify.dataset import LabelInfo
from pipelines.classify.features import Tick, describe
from pipelines.classify.manifest import Manifest
from pipelines.classify.model_file import read_info
from pipelines.classify.network import Device, Network
from pipelines.classify.patches import Pixels, Whole

Scored = tuple[int, float]  # label id, probability
TOP = 5


class Classifier:
    """A model file of ours that is open. Raises BadInput: bad_classifier, bad_network."""

    def __init__(self, path: Path, *, device: Device = "auto", threads: int = 1) -> None:
        info = read_info(path)
        self.labels: tuple[LabelInfo, ...] = info.labels
        self.manifest: Manifest = info.manifest
        self._network = Network(path, info.manifest, device=device, threads=threads)
        self._ids = np.array([label.id for label in info.labels])
        self._by_id = np.argsort(self._ids)

    @property
    def device(self) -> str:
        """Where it runs: `cpu` or `cuda`."""
        return self._network.device

    def classify(
        self, pixels: Pixels, rows: Whole, columns: Whole, *, top: int = TOP, tick: Tick | None = None
    ) -> list[list[Scored]]:
        """Return for each point, in their order, the `top` likeliest labels: the likeliest first, of equals the lower id.

        pixels: (h, w, 3) uint8 RGB. Over all labels the scores of a point sum to 1. Raises BadInput: point_outside,
        bad_network.
        """
        found = describe(pixels, rows, columns, self._network, tick=tick)[:, self._by_id]
        ids = self._ids[self._by_id]
        likeliest = np.argsort(-found, axis=1, kind="stable")[:, :top]
        scores = np.take_along_axis(found, likeliest, axis=1)
        return [
            list(zip(labels, shares, strict=True))
            for labels, shares in zip(ids[likeliest].tolist(), scores.tolist(), strict=True)
        ]

    def close(self) -> None:
        """Give the memory back; the classifier cannot be used afterwards."""
        self._network.close()
