"""Which actor does the work of which kind."""

from collections.abc import Callable

from workers.actors import (
    aggregate,
    analysis,
    archive,
    classify,
    clip,
    compact,
    drill,
    features,
    frames,
    photo,
    probe,
    rotate,
    thumbnail,
    track,
    train,
    transcode,
    vet,
)
from workers.work import Made, Work

ACTORS: dict[str, Callable[[Work], Made]] = {
    "probe": probe.develop,
    "track": track.develop,
    "analysis": analysis.develop,
    "archive": archive.develop,
    "frames": frames.develop,
    "thumbnail": thumbnail.develop,
    "clip": clip.develop,
    "rotate": rotate.develop,
    "transcode": transcode.develop,
    "photo": photo.develop,
    "aggregate": aggregate.develop,
    "compact": compact.develop,
    "features": features.develop,
    "train": train.develop,
    "classify": classify.develop,
    "vet": vet.develop,
    "drill": drill.develop,
}
