"""Which pictures each part of a job about points looks at."""

import math

from darkroom.facts import Facts
from darkroom.params_classify import ClassifyParams, FeaturesParams, MovieSampling, TrainParams
from darkroom.settings import Settings
from darkroom.splits import Parts


def frames_of(sampling: MovieSampling, frames: int) -> range:
    """Return the numbers of those that are looked at, of so many frames of a movie."""
    return range(sampling.start, min(sampling.end or frames, frames), sampling.every)


def images_of(part: int, parts_total: int, images: int) -> range:
    """Return the indices, of so many pictures, that this of so many parts looks at: neighbours, and as many as others do."""
    return range(part * images // parts_total, (part + 1) * images // parts_total)


def split_classify(params: ClassifyParams, facts: Facts, settings: Settings) -> Parts:
    """Make each picture a part, so that one costs nothing but itself; of many, some together."""
    count = (
        len(params.images) if params.movie is None else len(frames_of(params.movie, facts["movie"].frames))
    )
    total = min(count, settings.classify_parts_limit)
    return Parts(total, shares=tuple(len(images_of(part, total, count)) for part in range(total)))


def split_features(params: FeaturesParams, facts: Facts, settings: Settings) -> Parts:
    """Share the pictures out."""
    return Parts(_batches(params.images, settings, settings.classify_parts_limit))


def split_train(params: TrainParams, facts: Facts, settings: Settings) -> Parts:
    """Share the pictures out; the last part learns from what the others bring, unless one does both."""
    batches = _batches(params.images, settings, settings.classify_parts_limit - 1)
    return Parts(batches + 1, joins=True) if batches > 1 else Parts()


def _batches(images: int, settings: Settings, limit: int) -> int:
    return max(1, min(math.ceil(images / settings.features_images_per_part), limit))
