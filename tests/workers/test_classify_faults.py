"""Whose fault it is that a picture was not classified: its own, and told with it, or the machine's, and tried again."""

import errno

import pytest

from darkroom.errors import NotFound, Unavailable
from pipelines.errors import BadInput, CannotDecode
from workers.pictures import Asked, wrong_with


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        Unavailable("the store is away"),
        BadInput("the network fails when it is run", code="bad_network"),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EMFILE, "Too many open files"),
    ],
    ids=["memory", "store", "network", "full disk", "open files"],
)
def test_what_is_wrong_with_the_machine_ends_the_attempt(error):
    with pytest.raises(type(error)) as raised:
        wrong_with(error, Asked(3))

    assert raised.value is error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BadInput("This file is not a supported image.", code="unsupported_picture"), "unsupported_picture"),
        (CannotDecode("a block is missing", frame=0), "damaged_picture"),
        (NotFound("there is no media 7"), "could_not_download"),
        (OSError("who knows"), "internal"),
        (ValueError("who knows"), "internal"),
    ],
    ids=["picture", "damage", "gone", "file", "bug"],
)
def test_what_is_wrong_with_a_picture_is_told_with_it(error, told):
    wrong = wrong_with(error, Asked(3))

    assert wrong.code == told
    assert "who knows" not in wrong.message
