"""From HDR to SDR: what a colour of BT.2020 in PQ or HLG becomes on a BT.709 screen.

Sources: SMPTE ST 2084 (PQ), ITU-R BT.2100-2 (HLG, its OOTF for a screen of 1000 cd/m2), BT.2390-10 §5.4.1 (the
roll-off, on the largest of R, G, B, so that hues stay), BT.2407-0 annex 2 (primaries), BT.1886 (the SDR screen's
gamma of 2.4), BT.2408-4 (203 cd/m2 is the white of a page).
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.transcode.look import HLG

Floats = NDArray[np.floating[Any]]

PEAK_NITS = 1000.0  # what nearly all HDR is mastered for; brighter is shown as white
WHITE_NITS = 203.0  # SDR white lies where HDR puts the white of a page
CUBE_SIDE = 65  # of the table; 33 is wrong by up to 2 codes of 255, this one by less than 1

_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073
_HLG_GAMMA = 1.2  # of the OOTF at 1000 cd/m2
_LUMINANCE_2020 = np.array([0.2627, 0.6780, 0.0593])
_TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])


def pq_to_nits(signal: Floats) -> Floats:
    """Give cd/m2 of a PQ signal (0..1)."""
    power = np.clip(signal, 0, 1) ** (1 / _M2)
    nits: Floats = 10_000 * (np.maximum(power - _C1, 0) / (_C2 - _C3 * power)) ** (1 / _M1)
    return nits


def nits_to_pq(nits: Floats) -> Floats:
    """Give the PQ signal (0..1) of cd/m2."""
    power = np.clip(nits / 10_000, 0, 1) ** _M1
    return ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2


def hlg_to_nits(signal: Floats) -> Floats:
    """Give cd/m2 (..., 3) of HLG signals (..., 3), as a screen of 1000 cd/m2 shows them."""
    low, high = signal**2 / 3, (np.exp((signal - _HLG_C) / _HLG_A) + _HLG_B) / 12
    scene = np.where(signal <= 0.5, low, high)
    luminance = np.maximum(scene @ _LUMINANCE_2020, 1e-9)[..., None]
    nits: Floats = PEAK_NITS * luminance ** (_HLG_GAMMA - 1) * scene
    return nits


def roll_off(nits: Floats) -> Floats:
    """Bring 0..PEAK_NITS into 0..WHITE_NITS: the dark stays, the bright is bent. BT.2390-10 §5.4.1, black at 0."""
    peak = float(nits_to_pq(np.array(PEAK_NITS)))
    most = float(nits_to_pq(np.array(WHITE_NITS))) / peak
    knee = 1.5 * most - 0.5
    signal = np.minimum(nits_to_pq(nits) / peak, 1)
    t = np.maximum(signal - knee, 0) / (1 - knee)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * most
    )
    return pq_to_nits(np.where(signal < knee, signal, spline) * peak)


def to_sdr(signal: Floats, transfer: int) -> Floats:
    """Give R'G'B' of BT.709 (..., 3), 0..1, for R'G'B' of BT.2020 (..., 3) in PQ or HLG."""
    nits = hlg_to_nits(signal) if transfer == HLG else pq_to_nits(signal)
    largest = np.maximum(nits.max(axis=-1, keepdims=True), 1e-6)
    light = nits * (roll_off(largest) / largest) / WHITE_NITS
    shown: Floats = np.clip(light @ _TO_709.T, 0, 1) ** (1 / 2.4)
    return shown


def write_cube(path: Path, transfer: int, side: int = CUBE_SIDE) -> None:
    """Write `to_sdr` as a table of side**3 colours, red fastest, in the .cube form that FFmpeg's lut3d reads."""
    axis = np.linspace(0, 1, side)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    table = to_sdr(np.stack([red, green, blue], axis=-1), transfer).reshape(-1, 3)
    with path.open("w", encoding="ascii") as file:
        file.write(f"LUT_3D_SIZE {side}\n")
        np.savetxt(file, table, fmt="%.6f")
