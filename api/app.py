"""The whole API as one WSGI callable; the only list of dialects."""

import structlog

from api import blobs, front, ops
from api.dialects import coralnet, esdr, fluxtream, native, planttracer
from api.dialects.fluxtream import v1 as fluxtream_v1
from api.mount import Mount, Wsgi
from api.services import Services
from darkroom import log, settings
from darkroom.errors import Unavailable
from darkroom.settings import Settings

DIALECTS = (native, planttracer, fluxtream, fluxtream_v1, esdr, coralnet)


def build(settings: Settings) -> Mount:
    """Return the API; it opens the ledger and the store when they are first used."""
    return mount(Services(settings))


def mount(services: Services) -> Mount:
    """Return the API over services that are open already."""
    ops_app = ops.build(services)
    apps: dict[str, Wsgi] = {}
    for dialect in DIALECTS:
        apps.update(dict.fromkeys(dialect.PREFIXES, dialect.build(services)))
    apps.update(dict.fromkeys(ops.PREFIXES, ops_app))
    apps[front.PREFIX] = front.build(services)
    if services.settings.store == "folder":
        apps[blobs.PREFIX] = blobs.build(services)
    return Mount(apps, services.watcher.dismiss)


def create() -> Mount:
    """Return the API with the settings of the environment: what gunicorn is pointed at."""
    read = settings.load()
    log.setup(read.log_level)
    services = Services(read)
    try:
        services.blobs.prepare(services.origins())
    except Unavailable as error:
        structlog.get_logger().warning("the store is not ready yet", error=error.message)
    return mount(services)
