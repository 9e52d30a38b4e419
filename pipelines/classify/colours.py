"""Colours for labels, told apart by people who see colours otherwise too."""

import colorsys

Colour = tuple[int, int, int]  # RGB, 0..255
# Okabe & Ito 2008, without black, the strongest contrasts first; then five of Paul Tol's muted scheme (2021).
_NAMED: tuple[Colour, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (213, 94, 0),
    (86, 180, 233),
    (240, 228, 66),
    (136, 34, 85),
    (51, 34, 136),
    (153, 153, 51),
    (170, 68, 153),
    (17, 119, 51),
)
_TURN = 0.618034  # of the circle of hues: the golden section never comes back to where it was
_TONES = ((0.55, 0.90), (0.80, 0.55), (0.40, 0.70), (0.90, 0.95))  # saturation, value


def label_colour(index: int) -> Colour:
    """Return the colour of a label by its place in the label set; no two of the first sixty are equal."""
    if index < len(_NAMED):
        return _NAMED[index]
    beyond = index - len(_NAMED)
    saturation, value = _TONES[beyond % len(_TONES)]
    red, green, blue = colorsys.hsv_to_rgb((0.05 + beyond * _TURN) % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def ink_on(colour: Colour) -> Colour:
    """Return black or white, whichever reads better on a colour (luminance of ITU-R BT.601)."""
    red, green, blue = colour
    return (0, 0, 0) if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else (255, 255, 255)
