"""Every path of the ESDR door, in one list."""

from api.dialects.esdr.resources.export import Export
from api.dialects.esdr.resources.feeds import Feeds, KeyedFeed
from api.dialects.esdr.resources.tiles import MultiTile, Tile
from api.services import Services
from api.typed import Resource


def routes(services: Services) -> list[tuple[str, Resource]]:
    """Return path and resource. `named` is a feed's id, or a key of one."""
    feed = "/api/v1/feeds/{named}"
    return [
        ("/api/v1/feed", KeyedFeed(services)),
        (feed, Feeds(services)),
        (f"{feed}/channels/{{channel}}/tiles/{{spot}}", Tile(services)),
        (f"{feed}/channels/{{channel}}/export", Export(services)),
        ("/api/v1/multifeeds/{channels}/tiles/{spot}", MultiTile(services)),
    ]
