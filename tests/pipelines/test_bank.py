"""The bank: the same bytes always, numbers that are what their names say, and the same in every batch."""

import hashlib

import numpy as np
import onnx
import pytest

from pipelines.classify.bank import BANK, bank_network
from pipelines.classify.network import Network
from pipelines.textures import texture_image

TEXTURES = slice(36, 96)
ONE_RADIUS = 10
# Whoever changes it changes what all stored features mean, and gives the bank a new name.
SHA256 = "8bb73a289b9b146049ed378c554e9feb6435b107f0c6b55325dac1556ce994f1"


@pytest.fixture(scope="module")
def network():
    return Network(bank_network(), BANK, device="cpu")


def noise(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 224, 224, 3), np.uint8)


def grey_code(window, radius):
    """The code of the middle of a window, a neighbour at a time, as the paper has it."""
    middle = window.shape[0] // 2
    bits = []
    for step in range(8):
        angle = 2 * np.pi * step / 8
        row, column = middle - radius * np.sin(angle), middle + radius * np.cos(angle)
        top, left = int(np.floor(row + 1e-9)), int(np.floor(column + 1e-9))
        down, right = row - top, column - left
        value = (
            window[top, left] * (1 - down) * (1 - right)
            + window[top, left + 1] * (1 - down) * right
            + window[top + 1, left] * down * (1 - right)
            + window[top + 1, left + 1] * down * right
        )
        bits.append(value - window[middle, middle] > -0.125)
    turns = sum(bits[step] != bits[step - 1] for step in range(8))
    return sum(bits) if turns <= 2 else 9


def test_the_bank_has_the_same_bytes_always():
    assert hashlib.sha256(bank_network()).hexdigest() == SHA256
    onnx.checker.check_model(onnx.load_from_string(bank_network()), full_check=True)


def test_a_patch_has_164_finite_numbers_even_if_nothing_is_on_it(network):
    patches = np.stack([np.full((224, 224, 3), value, np.uint8) for value in (0, 128, 255)])

    found = network.run(np.concatenate([patches, noise(1)]))

    assert found.shape == (4, 164)
    assert np.isfinite(found).all() and np.abs(found).max() < 50


def test_a_patch_has_the_same_numbers_to_the_last_bit_in_every_batch(network):
    pixels, _ = texture_image(9, 400)
    black, white = np.zeros((224, 224, 3), np.uint8), np.full((224, 224, 3), 255, np.uint8)
    crops = [
        pixels[row : row + 224, column : column + 224] for row in (0, 90, 170) for column in (0, 90, 170)
    ]
    patches = np.stack([*crops, black, white, *noise(2)])

    together = network.run(patches)

    assert np.array_equal(together, np.concatenate([network.run(one[None]) for one in patches]))
    assert np.array_equal(together[1:], network.run(patches[1:]))  # each beside another


@pytest.mark.parametrize(("radius", "first"), [(1, 36), (3, 46)])
def test_histograms_are_the_shares_of_the_codes(network, radius, first):
    grey = np.random.default_rng(1).integers(0, 256, (224, 224)).astype(np.uint8)
    middle = grey[56:168, 56:168].astype(float)
    codes = [
        grey_code(middle[r - 4 : r + 5, c - 4 : c + 5], radius) for r in range(4, 108) for c in range(4, 108)
    ]

    found = network.run(np.repeat(grey[None, ..., None], 3, axis=3))[0, first : first + ONE_RADIUS]

    shares = np.bincount(codes, minlength=ONE_RADIUS) / len(codes)
    assert np.abs(found**2 - shares).max() < 0.01


def test_textures_do_not_mind_a_turn(network):
    patch = np.kron(noise(1)[0, :56, :56], np.ones((4, 4, 1), np.uint8))

    found = network.run(np.stack([patch, np.rot90(patch), np.rot90(patch, 2)]))[:, TEXTURES]

    assert np.abs(found - found[0]).max() < 1e-3


def test_colours_say_little_of_the_light(network):
    patch = 100 + noise(1)[0] // 4
    dimmed = (patch * [0.5, 0.9, 0.8]).round().astype(np.uint8)

    plain, cast = network.run(np.stack([patch, dimmed]))

    assert np.abs(plain[3:12] - cast[3:12]).max() < 0.2  # deviation, skewness and steps of the whole patch
    assert plain[1] - cast[1] > 0.4  # but for its mean red-green: log(0.9 / 0.5) less
