"""Which actor does the work of which kind."""

from collections.abc import Callable

from workers.actors import drill, probe, track
from workers.work import Made, Work

ACTORS: dict[str, Callable[[Work], Made]] = {
    "probe": probe.develop,
    "track": track.develop,
    "drill": drill.develop,
}
