"""Clip: ranges of a movie as movies of their own, exactly or whole groups of pictures, copied where it can be."""

from pipelines.clip.cut import cut as cut
from pipelines.clip.pieces import Piece as Piece
from pipelines.clip.pieces import cut_piece as cut_piece
from pipelines.clip.pieces import join_pieces as join_pieces
from pipelines.clip.pieces import plan_pieces as plan_pieces
from pipelines.clip.values import Clip as Clip
from pipelines.clip.values import Clipped as Clipped
from pipelines.clip.values import Mode as Mode
from pipelines.clip.values import Range as Range
