"""Made pictures of a textured patch on a textured wall, moved to a small fraction of a pixel."""

import cv2
import numpy as np

WIDTH, HEIGHT = 320, 240
SIDE = 96  # of the patch, painted twice as fine as it is shown


def texture(height, width, seed, grain=3.0):
    """Give smooth noise (height, width) float32 around 120, of spots about `grain` px wide."""
    field = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    field = cv2.GaussianBlur(field, (0, 0), grain / 2)
    return 120 + 40 * (field - field.mean()) / field.std()


WALL = texture(HEIGHT, WIDTH, 1, grain=6)
PATCH = texture(SIDE, SIDE, 2, grain=6)
OTHER_PATCH = texture(SIDE, SIDE, 3, grain=6)
COVER = texture(60, 60, 4)


def shown(place, *, patch=PATCH, wall=WALL, cover=None, gain=1.0, shift=(0.0, 0.0)):
    """Give a picture (240, 320) uint8 with the patch's centre at (x, y), moved by a shaking camera's shift.

    cover: the centre of a square of 60 px that lies over it, in whole pixels.
    """
    (x, y), (dx, dy) = place, shift
    picture = cv2.warpAffine(
        wall, np.array([[1.0, 0, dx], [0, 1.0, dy]]), (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT
    )
    middle = (SIDE - 1) / 2
    matrix = np.array([[0.5, 0, x + dx - middle / 2], [0, 0.5, y + dy - middle / 2]])
    laid = cv2.warpAffine(patch, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    share = cv2.warpAffine(np.ones_like(patch), matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    picture = picture * (1 - share) + laid * share
    if cover is not None:
        left, top = cover[0] - 30, cover[1] - 30
        picture[top : top + 60, left : left + 60] = COVER
    return np.clip(picture * gain + 0.5, 0, 255).astype(np.uint8)


def as_colour(picture):
    """Give a grey picture as (height, width, 3)."""
    return np.repeat(picture[..., None], 3, axis=2)
