"""Pictures of a movie: `extract` takes frames out in any layout, `thumbnail` makes one small picture of it."""

from pipelines.stills.extract import extract as extract
from pipelines.stills.extract import extract_from as extract_from
from pipelines.stills.order import Extracted as Extracted
from pipelines.stills.order import Limits as Limits
from pipelines.stills.order import Order as Order
from pipelines.stills.region import Roi as Roi
from pipelines.stills.thumbnail import thumbnail as thumbnail
from pipelines.stills.thumbnail import thumbnail_from as thumbnail_from
