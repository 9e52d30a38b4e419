"""The actor of `vet`: looks into a network that somebody brings, and makes a classifier of it one of ours."""

import msgspec

from darkroom.params_classify import VetParams
from pipelines.classify.dataset import LabelInfo
from pipelines.classify.manifest import from_dict
from pipelines.classify.model_file import embed
from pipelines.classify.vet import vet_network
from workers.work import Made, Work

MODEL = "model.onnx"


def develop(work: Work) -> Made:
    params, settings = work.params, work.settings
    assert isinstance(params, VetParams)  # noqa: S101 - the table of actors pairs kinds and params
    manifest = from_dict(msgspec.to_builtins(params.manifest))
    path = work.file("network")
    work.tick(0, 1, "looking")
    vetted = vet_network(
        path,
        manifest,
        bytes_limit=settings.network_bytes_limit,
        nodes_limit=settings.network_nodes_limit,
        seconds_limit=settings.network_seconds_limit,
        probabilities=params.role == "classifier",
    )
    work.tick(1, 1, "seen")
    if params.role == "backbone":
        return Made(summary=vetted.as_dict())
    labels = [LabelInfo(label.id, label.code, label.name) for label in params.labels]
    embed(path, work.folder() / MODEL, labels, manifest)
    return Made(summary=vetted.as_dict(), files=[(MODEL, "application/octet-stream")])
