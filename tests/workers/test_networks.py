"""Which networks a child keeps open."""

import pytest

from darkroom.settings import Settings
from pipelines.classify.bank import BANK, bank_network
from pipelines.errors import BadInput
from workers.networks import Networks


@pytest.fixture
def networks():
    opened = Networks(Settings(warm_networks=2))
    yield opened
    opened.close()


@pytest.fixture
def bank():
    """Gives the file of the built-in backbone, and counts how often it was asked for."""

    def fetch():
        fetch.count += 1
        return bank_network()

    fetch.count = 0
    return fetch


def test_a_network_is_fetched_once_while_it_is_open(networks, bank):
    with networks.backbone("a", BANK, bank) as first:
        assert first.device == "cpu"

    with networks.backbone("a", BANK, bank) as second:
        assert second is first

    assert bank.count == 1


def test_the_one_that_was_not_used_for_longest_is_closed(networks, bank):
    for key in ("a", "b", "a", "c"):
        with networks.backbone(key, BANK, bank):
            """It is open now."""

    with networks.backbone("a", BANK, bank):
        """Still open."""

    assert bank.count == 3
    with networks.backbone("b", BANK, bank):
        """Opened anew."""
    assert bank.count == 4


def test_one_with_which_something_went_wrong_is_not_used_again(networks, bank):
    with pytest.raises(ZeroDivisionError), networks.backbone("a", BANK, bank):
        1 / 0  # noqa: B018

    with networks.backbone("a", BANK, bank):
        """Opened anew."""

    assert bank.count == 2


def test_a_file_that_is_no_network_is_not_kept(networks, bank):
    with (
        pytest.raises(BadInput, match="cannot be opened"),
        networks.backbone("a", BANK, lambda: b"no network"),
    ):
        """It never is."""

    with networks.backbone("a", BANK, bank):
        """It is now."""

    assert bank.count == 1


def test_a_classifier_is_kept_as_a_backbone_is(networks, model):
    fetched = []

    def fetch():
        fetched.append(model)
        return model

    for _ in range(2):
        with networks.classifier("a", fetch) as classifier:
            assert [label.code for label in classifier.labels] == ["sand", "coral"]

    assert fetched == [model]
