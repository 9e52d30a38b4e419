"""The labelled points of a source: list, take in as JSON or CSV, give out, remove."""

import falcon
from falcon import Request, Response

from api import cursors
from api.bodies import essence, read_bytes, read_json, write_json
from api.dialects.native import source_wire as wire
from api.dialects.native.negotiation import CSV, prefers_csv
from api.dialects.native.source_views import point_view
from api.services import Services
from api.typed import Answer, operation, to_struct
from darkroom.errors import Invalid
from storage.classify import annotation_csv, annotations, points, sources
from storage.classify.annotation_csv import Annotation
from storage.classify.annotations import Imported
from storage.engine import read, write


class SourcePoints:
    tag = "sources"
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "List the points of a source",
        query=wire.PointsListQuery,
        headers={"Accept": f"`{CSV}`, as `format=csv`"},
        answers={
            200: Answer(
                "a page, newest first; or all of them as CSV",
                wire.PointPage,
                headers=("Link", "Vary"),
                pictures=(CSV,),
            )
        },
    )
    def on_get(self, req: Request, resp: Response, source: int, query: wire.PointsListQuery) -> None:
        """As CSV they come all at once (with `image` those of one image), by image, row and column, in the columns of CoralNet's annotation files, fit to be
        sent again.
        """
        caller = req.context.caller.user_id
        resp.set_header("Vary", "Accept, Authorization")
        if prefers_csv(req, query.format):
            with read(self.services.engine) as db:
                every = points.export(db, source, caller)
                asked = (row for row in every if query.image in {None, row[0]})
                resp.data = b"".join(annotation_csv.write(asked))
            resp.content_type = CSV
            return
        with read(self.services.engine) as db:
            page = points.find(
                db,
                source,
                caller,
                image=query.image,
                before_id=cursors.decode(query.cursor),
                limit=query.limit,
            )
        cursor = cursors.encode(page[-1].id) if len(page) == query.limit else None
        cursors.link(req, resp, cursor)
        write_json(resp, wire.PointPage(points=[point_view(point) for point in page], next_cursor=cursor))

    @operation(
        "Add points to a source",
        query=wire.PointsQuery,
        body=wire.PointsOrder,
        raw_body=True,
        raw_types=(CSV,),
        answers={200: Answer("all of them are there", wire.PointsImported)},
        faults=(411,),
    )
    def on_post(self, req: Request, resp: Response, source: int, query: wire.PointsQuery) -> None:
        """All or none, as JSON, or as CSV with the columns Name, Row, Column and Label code, as CoralNet exports it. What is
        there already does no harm; with another label it is refused, unless `replace` is true. Whether a point lies within
        its image is found out when the image is read.
        """
        with read(self.services.engine) as db:  # who may not is told so before the body is read
            sources.get(db, source, req.context.caller.user_id)
        if essence(req) == CSV:
            imported, unlabelled = self._take_csv(req, source, query)
        else:
            imported, unlabelled = self._take_json(req, source, query), 0
        write_json(
            resp,
            wire.PointsImported(
                added=imported.added,
                replaced=imported.replaced,
                unchanged=imported.unchanged,
                unlabelled=unlabelled,
            ),
        )

    @operation(
        "Remove points from a source",
        query=wire.PointsDeleteQuery,
        answers={200: Answer("how many", wire.PointsDeleted)},
    )
    def on_delete(self, req: Request, resp: Response, source: int, query: wire.PointsDeleteQuery) -> None:
        """All of them; with `image` those of one image."""
        with write(self.services.engine) as db:
            deleted = points.remove(db, source, req.context.caller.user_id, image=query.image)
        write_json(resp, wire.PointsDeleted(deleted=deleted))

    def _take_csv(self, req: Request, source: int, query: wire.PointsQuery) -> tuple[Imported, int]:
        settings = self.services.settings
        raw = read_bytes(req, settings.sources_import_bytes_limit, "CSV of points")
        table = annotation_csv.read(raw, settings.sources_import_rows_limit)
        return self._take(req, source, table.annotations, table.refuse, query), table.unlabelled

    def _take_json(self, req: Request, source: int, query: wire.PointsQuery) -> Imported:
        if req.content_type and essence(req) != falcon.MEDIA_JSON:
            raise falcon.HTTPUnsupportedMediaType(description=f"points come as {falcon.MEDIA_JSON} or {CSV}")
        body = to_struct(read_json(req, self.services.settings), wire.PointsOrder)
        new = [
            Annotation(number, point.image, point.row, point.column, point.label)
            for number, point in enumerate(body.points)
        ]
        return self._take(req, source, new, _refuse, query)

    def _take(
        self,
        req: Request,
        source: int,
        new: list[Annotation],
        refuse: annotations.Refuse,
        query: wire.PointsQuery,
    ) -> Imported:
        with write(self.services.engine) as db:
            return annotations.take_in(
                db,
                source,
                req.context.caller.user_id,
                new,
                refuse,
                replace=query.replace,
                points_limit=self.services.settings.sources_points_limit,
            )


def _refuse(number: int, field: str, reason: str) -> Invalid:
    return Invalid(reason, where=f"/points/{number}/{field}")
