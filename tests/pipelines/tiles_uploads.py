"""What an upload says of a channel, as a test writes it out."""

from math import isnan


def numbers(batch, name):
    samples = batch.channels[name].samples
    return [
        (t, "gone" if isnan(v) else v) for t, v in zip(samples.t.tolist(), samples.v.tolist(), strict=True)
    ]


def words(batch, name):
    texts = batch.channels[name].texts
    return list(zip(texts.t.tolist(), texts.text.tolist(), strict=True))
