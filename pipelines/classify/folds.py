"""Which fold a picture is in: a classifier is tested on pictures that it has not seen, never only on other points.

Points of one picture share light, water and camera. Split by point, 20 pictures seemed to be classified at 92.8 %
where new pictures were at 86.2 %; split by picture they seemed to be at 82.6 %.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
_FEW = 4 * FOLDS  # pictures, below which hashes may leave a fold empty, or nearly all pictures in one


def fold_of(sha256: str) -> int:
    """Return the fold, 0 to 4, of a picture: always the same, whatever other pictures there are."""
    return int(sha256[:8], 16) % FOLDS


def deal_folds(sha256s: Sequence[str]) -> NDArray[np.int64]:
    """Return the fold of each of at least two different pictures, (n,) int64; no fold is empty.

    Many pictures have the fold of their hash, which stays when others come. Few are dealt in the order of their
    hashes, and where there are fewer than five, each is a fold.
    """
    if len(sha256s) >= _FEW:
        folds = np.array([fold_of(sha256) for sha256 in sha256s], np.int64)
        if len(np.unique(folds)) == FOLDS:
            return folds
    dealt = np.empty(len(sha256s), np.int64)
    dealt[np.argsort(np.array(sha256s), kind="stable")] = np.arange(len(sha256s)) % FOLDS
    return dealt
