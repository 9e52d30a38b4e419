"""The networks that a child has open: warm for the next attempt with the same one."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from darkroom.settings import Settings
from pipelines.classify.classifier import Classifier
from pipelines.classify.manifest import Manifest
from pipelines.classify.network import Network

Opened = TypeVar("Opened", Network, Classifier)


class Networks:
    """Opens backbones and classifiers by digest, and keeps the last few open; one attempt at a time uses it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._classifiers: OrderedDict[str, Classifier] = OrderedDict()
        self._backbones: OrderedDict[str, Network] = OrderedDict()

    @contextmanager
    def classifier(self, sha256: str, fetch: Callable[[], Path]) -> Iterator[Classifier]:
        """Give a classifier; fetch: called for its file when it is not open. Raises BadInput."""

        def open_file() -> Classifier:
            return Classifier(
                fetch(), device=self._settings.network_device, threads=self._settings.network_threads
            )

        with self._kept(self._classifiers, sha256, open_file) as classifier:
            yield classifier

    @contextmanager
    def backbone(self, key: str, manifest: Manifest, fetch: Callable[[], Path | bytes]) -> Iterator[Network]:
        """Give a backbone. key: of its file and manifest together. fetch: as of a classifier. Raises BadInput."""

        def open_file() -> Network:
            return Network(
                fetch(),
                manifest,
                device=self._settings.network_device,
                threads=self._settings.network_threads,
            )

        with self._kept(self._backbones, key, open_file) as network:
            yield network

    def close(self) -> None:
        """Close all of them."""
        while self._classifiers:
            self._classifiers.popitem()[1].close()
        while self._backbones:
            self._backbones.popitem()[1].close()

    @contextmanager
    def _kept(
        self, opened: OrderedDict[str, Opened], key: str, open_file: Callable[[], Opened]
    ) -> Iterator[Opened]:
        """Give one that stays open unless something goes wrong while it is used."""
        network = opened.pop(key, None) or open_file()
        try:
            yield network
        except BaseException:
            network.close()
            raise
        opened[key] = network
        while len(opened) > self._settings.warm_networks:
            opened.popitem(last=False)[1].close()
