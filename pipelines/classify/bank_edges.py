"""How strong edges are, and how much they run one way: the structure tensor, as part of the bank."""

import numpy as np

from pipelines.classify.bank_graph import Sheet, draw_moments

WINDOWS = (5, 13)  # sides of the squares over which directions are compared, in pixels of the level
_FLOOR = 1e-5  # of energy, in squared log brightness per pixel: below it is what 8 bits round away
_STRIDE = 2  # a square every other pixel says as much as one at each
# Central differences across, down, and both summed, of which the squares are all that is needed.
_ACROSS = np.array([[0, 0, 0], [-1, 0, 1], [0, 0, 0]]) / 2
_SLOPES = np.stack([_ACROSS, _ACROSS.T, _ACROSS + _ACROSS.T])[:, None]


def draw_statistics(sheet: Sheet, brightness: str) -> str:
    """Give (N, 16, 1, 1) of a picture of log brightness.

    Of each window: mean, deviation and skewness of log energy, shares of pixels of much more and much less energy than
    the mean, mean and deviation of coherence, and mean coherence weighed by energy.
    Source: Bigün & Granlund 1987; coherence as in Jähne 1993: |double-angle vector| / energy.
    """
    slopes = sheet.convolve(brightness, _SLOPES)
    squares = sheet.draw("Mul", slopes, slopes)
    return sheet.join(*(_of_window(sheet, squares, side) for side in WINDOWS))


def _of_window(sheet: Sheet, squares: str, side: int) -> str:
    pooled = sheet.pool(squares, side, _STRIDE)
    energy = sheet.mix(pooled, [[1.0, 1.0, 0.0]])
    double_angle = sheet.mix(pooled, [[1.0, -1.0, 0.0], [-1.0, -1.0, 1.0]])
    strength = sheet.draw("ReduceL2", double_angle, axes=[1], keepdims=1)
    coherence = sheet.draw("Div", strength, sheet.add(energy, _FLOOR))
    log_energy = sheet.logarithm(sheet.add(energy, _FLOOR))
    weighed = sheet.draw("Div", sheet.average(strength), sheet.add(sheet.average(energy), _FLOOR))
    mean, deviation, skewness = draw_moments(sheet, log_energy)
    centred = sheet.draw("Sub", log_energy, mean)
    return sheet.join(
        mean,
        deviation,
        skewness,
        sheet.average(sheet.clip(sheet.add(centred, -0.5), 0, 1)),
        sheet.average(sheet.clip(sheet.mix(centred, [[-1.0]], [-0.5]), 0, 1)),
        *draw_moments(sheet, coherence)[:2],
        weighed,
    )
