"""Exports of a feed's channels: as CSV and JSON, with times as numbers and in a timezone."""

import pytest

PATH = "feeds/1.strap/channels/beat,pm-2.5/export"


def test_samples_are_exported_as_a_table(strap, owner):
    whole, part = owner.look(PATH), owner.look(PATH, **{"from": "1.5", "to": "600"})

    assert whole.text == "EpochTime,1.strap.beat,1.strap.pm_2.5\n1,60,7.5\n2,61,\n600,62,full\n"
    assert part.text == "EpochTime,1.strap.beat,1.strap.pm_2.5\n2,61,\n"
    assert whole.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "feed-1.strap.csv" in whole.headers["Content-Disposition"]


def test_samples_are_exported_as_json(strap, owner):
    told, none = owner.look(PATH, format="json"), owner.look(PATH, format="json", to="0")

    names = ["1.strap.beat", "1.strap.pm_2.5"]
    assert told.json == {"channel_names": names, "data": [[1, 60, 7.5], [2, 61, None], [600, 62, "full"]]}
    assert none.json == {"channel_names": names, "data": []}


def test_times_are_written_in_a_timezone(strap, owner):
    told = owner.look(PATH, timezone="Europe/Vienna", to="2")

    assert told.text == "Time,1.strap.beat,1.strap.pm_2.5\n1970-01-01T01:00:01+01:00,60,7.5\n"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"format": "xml"}, "format"),
        ({"from": "soon"}, "from"),
        ({"to": "nan"}, "to"),
        ({"from": "2", "to": "1"}, "to is before from"),
        ({"timezone": "Europe"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"timezone": "Middle/Earth"}, "timezone"),
        ({"timezone": "a" * 5000}, "timezone"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(strap, owner, query, named):
    told = owner.look(PATH, **query)

    assert (told.status_code, told.json["status"]) == (422, "error")
    assert named in told.json["message"]


def test_what_is_not_there_is_not_exported(strap, owner, stranger):
    assert owner.look("feeds/1.strap/channels/beat,nothing/export").status_code == 404
    assert owner.look("feeds/1.strap/channels/beat,beat/export").status_code == 422
    assert owner.look("feeds/1.strap/channels/,/export").status_code == 422
    assert stranger.look(PATH).status_code == 403
