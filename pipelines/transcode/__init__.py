"""Make movies that every browser plays: `transcode` in one go; `plan_chunks`, `encode_chunk`, `join_chunks` by many."""

from pipelines.transcode.accelerator import Accelerator as Accelerator
from pipelines.transcode.accelerator import find_accelerator as find_accelerator
from pipelines.transcode.movie import Transcoded as Transcoded
from pipelines.transcode.movie import encode_chunk as encode_chunk
from pipelines.transcode.movie import join_chunks as join_chunks
from pipelines.transcode.movie import transcode as transcode
from pipelines.transcode.schedule import Chunk as Chunk
from pipelines.transcode.schedule import plan_chunks as plan_chunks
from pipelines.transcode.settings import Settings as Settings
