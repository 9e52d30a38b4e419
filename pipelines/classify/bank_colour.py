"""Colour against the patch's own mean, so that a cast of the light says little: as part of the bank."""

from pipelines.classify.bank_graph import Sheet, draw_moments

SIDE = 56
WINDOWS = (56, 28, 14)
_DARK = 0.02  # added before the logarithm: five grey levels, below which a camera's colours are noise
_OPPONENTS = [[1 / 3, 1 / 3, 1 / 3], [1.0, -1.0, 0.0], [0.5, 0.5, -1.0]]


def draw_colours(sheet: Sheet, small: str) -> str:
    """Give (N, 36, 1, 1) of an RGB picture of 56 x 56 pixels, 0 to 1.

    In log brightness, red-green and yellow-blue, for three windows round the point: mean less the patch's, deviation,
    skewness, and mean difference between neighbours.
    """
    axes = sheet.mix(sheet.draw("Log", sheet.add(small, _DARK)), _OPPONENTS)
    centred = sheet.draw("Sub", axes, sheet.average(axes))
    return sheet.join(*(_of_window(sheet, axes, centred, side) for side in WINDOWS))


def _of_window(sheet: Sheet, axes: str, centred: str, side: int) -> str:
    window = centred if side == SIDE else sheet.middle(centred, side, SIDE)
    mean, deviation, skewness = draw_moments(sheet, window)
    if side == SIDE:
        mean = sheet.average(axes)
    steps = sheet.draw(
        "Abs",
        sheet.draw("Sub", window, sheet.draw("AveragePool", window, kernel_shape=[3, 3], pads=[1, 1, 1, 1])),
    )
    return sheet.join(mean, deviation, skewness, sheet.average(steps))
