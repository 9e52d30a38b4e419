"""Every path of the Fluxtream door, in one list; each begins with `/api` or `/api/v1`."""

from api.dialects.fluxtream.manner import Manner
from api.dialects.fluxtream.resources.export import Export
from api.dialects.fluxtream.resources.guest import Guest
from api.dialects.fluxtream.resources.photo_upload import PhotoUpload
from api.dialects.fluxtream.resources.photos import (
    PhotoBytes,
    PhotoItem,
    PhotosAround,
    PhotoThumbnail,
    PhotoTile,
)
from api.dialects.fluxtream.resources.samples import JsonUpload, Upload
from api.dialects.fluxtream.resources.shares import Shares
from api.dialects.fluxtream.resources.sources import ChannelStyle, GraphSpecs, Sources
from api.dialects.fluxtream.resources.tiles import Tile
from api.dialects.fluxtream.resources.timespans import Timespans
from api.dialects.fluxtream.resources.views import ViewItem, Views
from api.dialects.fluxtream.resources.words import Metadata, SetMetadata, Tags
from api.services import Services
from api.typed import Resource

Routes = list[tuple[str, Resource]]


def routes(services: Services, manner: Manner) -> Routes:
    """Return path and resource."""
    return [
        ("/guest", Guest(services)),
        *_samples(services, manner),
        *_photos(services, manner),
        *_words(services, manner),
    ]


def _samples(services: Services, manner: Manner) -> Routes:
    user = "/bodytrack/users/{uid:id}"
    return [
        ("/bodytrack/upload", Upload(services, manner)),
        ("/bodytrack/jupload", JsonUpload(services, manner)),
        ("/bodytrack/tiles/{uid:id}/{channel}/{spot}", Tile(services, manner)),
        ("/bodytrack/exportCSV/{uid:id}/{name}", Export(services)),
        (f"{user}/sources/list", Sources(services, manner)),
        (f"{user}/sources/{{source}}/default_graph_specs", GraphSpecs(services, manner)),
        (f"{user}/channels/{{channel}}/set", ChannelStyle(services, manner)),
        (f"{user}/shares", Shares(services)),
    ]


def _photos(services: Services, manner: Manner) -> Routes:
    return [
        ("/bodytrack/photoUpload", PhotoUpload(services, manner)),
        ("/bodytrack/photos/{uid:id}/{channel}/{spot}", PhotoTile(services, manner)),
        ("/bodytrack/photos/{uid:id}/{channel}/{spot}/{count}", PhotosAround(services, manner)),
        ("/bodytrack/photo/{key}", PhotoBytes(services, manner)),
        ("/bodytrack/photo/{key}/{photo:id}", PhotoItem(services, manner)),
        ("/bodytrack/photoThumbnail/{uid:id}/{photo:id}/{number}", PhotoThumbnail(services, manner)),
    ]


def _words(services: Services, manner: Manner) -> Routes:
    return [
        ("/bodytrack/users/{uid:id}/tags", Tags(services)),
        ("/bodytrack/metadata/{uid:id}/{channel}/{photo:id}/get", Metadata(services)),
        ("/bodytrack/metadata/{uid:id}/{channel}/{photo:id}/set", SetMetadata(services)),
        ("/bodytrack/users/{uid:id}/views", Views(services)),
        ("/bodytrack/users/{uid:id}/views/{view:id}", ViewItem(services)),
        ("/bodytrack/timespans/{uid:id}/{channel}/{spot}", Timespans(services, manner)),
    ]
