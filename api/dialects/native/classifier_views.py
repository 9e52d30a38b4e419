"""From the house's words of classifiers and backbones to the native wire; pure."""

import msgspec

from api.dialects.native import classifier_wire as wire
from api.times import at, maybe_at
from darkroom.params_classify import NetworkManifest
from storage.classify.backbones import Backbone
from storage.classify.classifiers import Classifier, State

WITH_EVALUATION = ("evaluation", "confusion")


def classifier_view(classifier: Classifier, caller: int) -> wire.Classifier:
    """Return a classifier of a source that is there, with links to what the caller may look at."""
    here = f"/v1/classifiers/{classifier.id}"
    links = {"self": here, "source": f"/v1/sources/{classifier.source}"}
    if classifier.job_owner == caller:
        links["job"] = f"/v1/jobs/{classifier.job}"
    if classifier.state is State.READY:
        links["model"] = f"{here}/model"
    if classifier.evaluation_media is not None:
        links |= {part: f"{here}/{part}" for part in WITH_EVALUATION}
    return wire.Classifier(
        id=classifier.id,
        source=classifier.source or 0,
        name=classifier.name,
        state=classifier.state.value,
        labels=[wire.KnownLabel(id=one.id, code=one.code, name=one.name) for one in classifier.labels],
        backbone=classifier.backbone,
        figures=classifier.figures,
        threshold=classifier.threshold,
        sha256=classifier.sha256,
        job=classifier.job,
        failure=classifier.failure,
        created_at=at(classifier.created_at),
        ready_at=maybe_at(classifier.ready_at),
        links=links,
    )


def backbone_view(backbone: Backbone) -> wire.Backbone:
    return wire.Backbone(
        id=backbone.id,
        name=backbone.name,
        state=backbone.state.value,
        figures=backbone.figures,
        media=backbone.media_id,
        sha256=backbone.sha256,
        manifest=msgspec.convert(backbone.manifest, NetworkManifest),
        job=backbone.job,
        failure=backbone.failure,
        created_at=at(backbone.created_at),
        links={"self": f"/v1/backbones/{backbone.id}", "job": f"/v1/jobs/{backbone.job}"},
    )
