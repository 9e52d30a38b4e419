"""Sensor streams: samples to chunks and exact mergeable pyramids, and tiles out of them."""

from pipelines.tiles.cells import ROOTS as ROOTS
from pipelines.tiles.cells import Cell as Cell
from pipelines.tiles.cells import cell_of as cell_of
from pipelines.tiles.chunk import decode_chunk as decode_chunk
from pipelines.tiles.chunk import decode_texts as decode_texts
from pipelines.tiles.chunk import encode_chunk as encode_chunk
from pipelines.tiles.chunk import encode_texts as encode_texts
from pipelines.tiles.merge import latest as latest
from pipelines.tiles.merge import merge as merge
from pipelines.tiles.merge import prune as prune
from pipelines.tiles.values import Batch as Batch
from pipelines.tiles.values import Bins as Bins
from pipelines.tiles.values import Samples as Samples
from pipelines.tiles.values import Texts as Texts
from pipelines.tiles.values import Uploaded as Uploaded
