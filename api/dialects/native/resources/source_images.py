"""The images of a source: list, add, remove."""

from falcon import Request, Response

from api import cursors
from api.bodies import write_json
from api.dialects.native import source_wire as wire
from api.dialects.native.source_views import image_view
from api.dialects.native.wire import PageQuery
from api.services import Services
from api.typed import Answer, operation
from storage.classify import images
from storage.classify.images import NewImage
from storage.engine import read, write


class SourceImages:
    tag = "sources"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "List the images of a source",
        query=PageQuery,
        answers={200: Answer("a page, newest first", wire.SourceImagePage, headers=("Link",))},
    )
    def on_get(self, req: Request, resp: Response, source: int, query: PageQuery) -> None:
        with read(self.services.engine) as db:
            page = images.find(
                db,
                source,
                req.context.caller.user_id,
                before_id=cursors.decode(query.cursor),
                limit=query.limit,
            )
        cursor = cursors.encode(page[-1].id) if len(page) == query.limit else None
        cursors.link(req, resp, cursor)
        views = [image_view(image) for image in page]
        write_json(resp, wire.SourceImagePage(images=views, next_cursor=cursor))

    @operation(
        "Add images to a source",
        body=wire.ImagesOrder,
        answers={201: Answer("all of them were added", wire.SourceImages)},
        faults=(409,),
    )
    def on_post(self, req: Request, resp: Response, source: int, body: wire.ImagesOrder) -> None:
        """Media of yours, all or none, under names that are unique within the source. While they are images of it, they
        cannot be forgotten.
        """
        new = [NewImage(image.media, image.name) for image in body.images]
        limit = self.services.settings.sources_images_limit
        with write(self.services.engine) as db:
            made = images.add(db, source, req.context.caller.user_id, new, limit)
        write_json(resp, wire.SourceImages(images=[image_view(image) for image in made]), 201)


class SourceImage:
    tag = "sources"

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Look at an image of a source", answers={200: Answer("how it is called there", wire.SourceImage)}
    )
    def on_get(self, req: Request, resp: Response, source: int, image: int) -> None:
        with read(self.services.engine) as db:
            found = images.get(db, source, image, req.context.caller.user_id)
        write_json(resp, image_view(found))

    @operation("Remove an image from a source", answers={204: Answer("removed, with its points")})
    def on_delete(self, req: Request, resp: Response, source: int, image: int) -> None:
        """Its medium stays."""
        with write(self.services.engine) as db:
            images.remove(db, source, image, req.context.caller.user_id)
        resp.status = 204
