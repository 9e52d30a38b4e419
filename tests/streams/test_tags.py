"""Tiles as the web process reads them, and the tags by which they are told apart."""

import json

from api.tiles import Asked


def test_a_tiles_tag_changes_with_what_it_shows_and_with_nothing_else(make_house):
    house = make_house(streams_tail_samples=0)
    bench = house.bench()
    house.upload([[n, n % 7] for n in range(150_000)])
    bench.drain()

    def tag(offset):
        return house.tiles().find([house.channel()], Asked(level=0, offset=offset)).etag

    early, late = tag(0), tag(292)
    house.upload([[150_000.5, 2], [150_001, False]])
    bench.drain()

    assert tag(292) != late
    assert tag(0) == early


def test_a_tile_of_several_channels_is_one_document(house, bench):
    house.upload([[100, 1, 2]], "a", "b")
    bench.drain()

    found = house.tiles().find([house.channel("a"), house.channel("b")], Asked(level=0, offset=0))

    assert list(json.loads(found.make())["tiles"]) == ["strap.a", "strap.b"]


def test_a_tail_is_read_to_the_bytes_that_it_will_have_when_folded(make_house):
    first, then = [[n, n % 7] for n in range(400_000)], [[400_000 + n / 3, n] for n in range(900)]
    tiles = []
    for name, tail in (("ada", 4096), ("bea", 0)):
        house = make_house(name, streams_tail_samples=tail)
        for rows in (first, then):
            house.upload(rows)
            house.bench().drain()
        assert len(house.version().tail) == (1 if tail else 0)
        channels = [house.channel()]
        tiles.append(
            [
                house.tiles().find(channels, Asked(level=level, offset=400_000 >> (level + 9))).make()
                for level in range(16)
            ]
        )

    assert house.version().pages
    assert tiles[0] == tiles[1]
