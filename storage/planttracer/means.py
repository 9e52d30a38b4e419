"""What the keeping of movies leans on: ledger, store, settings, and a counter where work is ordered."""

import sqlalchemy as sa
from msgspec import Struct

from darkroom.settings import Settings
from storage.blobs import Blobs
from storage.counter import Counter


class Means(Struct, frozen=True):
    engine: sa.Engine
    blobs: Blobs
    counter: Counter
    settings: Settings
