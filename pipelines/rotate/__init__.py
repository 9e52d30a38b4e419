"""Turn and mirror movies and pictures: by saying how they are shown, or by turning the pixels."""

from pipelines.rotate.rotate import rotate as rotate
from pipelines.rotate.values import Encoding as Encoding
from pipelines.rotate.values import Flip as Flip
from pipelines.rotate.values import Method as Method
from pipelines.rotate.values import Rotated as Rotated
from pipelines.rotate.values import Rotation as Rotation
