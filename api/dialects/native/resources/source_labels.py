"""The labels of a source: list, add, rename, remove."""

from falcon import Request, Response

from api.bodies import write_json
from api.dialects.native import source_wire as wire
from api.dialects.native.resources.sources import given
from api.dialects.native.source_views import label_view
from api.services import Services
from api.typed import Answer, operation
from storage.classify import labels
from storage.classify.labels import NewLabel
from storage.engine import read, write


class SourceLabels:
    tag = "sources"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("List the labels of a source", answers={200: Answer("by id", wire.Labels)})
    def on_get(self, req: Request, resp: Response, source: int) -> None:
        with read(self.services.engine) as db:
            found = labels.find(db, source, req.context.caller.user_id)
        write_json(resp, wire.Labels(labels=[label_view(label) for label in found]))

    @operation(
        "Add labels to a source",
        body=wire.LabelsOrder,
        answers={201: Answer("all of them were added", wire.Labels)},
        faults=(409,),
    )
    def on_post(self, req: Request, resp: Response, source: int, body: wire.LabelsOrder) -> None:
        """All or none. Codes and names are unique within the source; ids are never given again."""
        new = [NewLabel(label.name, label.code or label.name) for label in body.labels]
        limit = self.services.settings.sources_labels_limit
        with write(self.services.engine) as db:
            made = labels.add(db, source, req.context.caller.user_id, new, limit)
        write_json(resp, wire.Labels(labels=[label_view(label) for label in made]), 201)


class SourceLabel:
    tag = "sources"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Rename a label",
        body=wire.LabelChange,
        answers={200: Answer("renamed", wire.Label)},
        faults=(409,),
    )
    def on_patch(self, req: Request, resp: Response, source: int, label: int, body: wire.LabelChange) -> None:
        """Points and classifiers keep to it; results show the new name."""
        with write(self.services.engine) as db:
            changed = labels.change(db, source, label, req.context.caller.user_id, **given(body))
        write_json(resp, label_view(changed))

    @operation("Remove a label", answers={204: Answer("removed")}, faults=(409,))
    def on_delete(self, req: Request, resp: Response, source: int, label: int) -> None:
        """While points have it, or a classifier knows it: 409."""
        with write(self.services.engine) as db:
            labels.remove(db, source, label, req.context.caller.user_id)
        resp.status = 204
