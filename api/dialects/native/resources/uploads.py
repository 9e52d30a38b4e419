"""Uploads in parts: look, complete, abort."""

from falcon import Request, Response

from api import multipart
from api.bodies import write_json
from api.dialects.native import translate, wire
from api.services import Services
from api.typed import Answer, operation


class UploadItem:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Look at an upload in parts", answers={200: Answer("parts missing and received", wire.Upload)})
    def on_get(self, req: Request, resp: Response, upload: int) -> None:
        """The links are fresh: ask again when the old ones have expired, or to go on where a transfer broke off."""
        found = multipart.look(self.services, upload, req.context.caller.user_id)
        write_json(resp, translate.upload_view(found))

    @operation("Abort an upload in parts", answers={204: Answer("forgotten, with its parts")})
    def on_delete(self, req: Request, resp: Response, upload: int) -> None:
        multipart.abort(self.services, upload, req.context.caller.user_id)
        resp.status = 204


class UploadCompletion:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Complete an upload in parts",
        answers={201: Answer("kept, and being probed", wire.Media, headers=("Location",))},
        faults=(409, 422),
    )
    def on_post(self, req: Request, resp: Response, upload: int) -> None:
        """Joins the parts and checks the digest; safe to repeat. While parts are missing: 409. With another digest than
        announced: 422, and nothing is kept.
        """
        record, probe = multipart.complete(self.services, upload, req.context.caller.user_id)
        write_json(resp, translate.media_view(record, probe), 201)
        resp.location = f"/v1/media/{record.id}"
