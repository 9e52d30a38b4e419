"""Tiles by the rules, slowly: plain Python over a dict of samples, sharing nothing with the pipeline."""

from fractions import Fraction
from itertools import pairwise
from math import floor, fsum, sqrt

BREAK = -1e308


def tile(level, offset, numbers, texts=None):
    """Return (rows, is_binned): rows are [time, mean, stddev, count, text or None].

    numbers: value by time; texts: text by time.
    """
    width = Fraction(2) ** level
    start, end = 512 * width * offset, 512 * width * (offset + 1)
    inside = {t: v for t, v in sorted(numbers.items()) if start <= Fraction(t) < end}
    said = {t: word for t, word in sorted((texts or {}).items()) if start <= Fraction(t) < end}
    threshold = float(4 * width)
    rows = []
    if len(inside) <= 512:
        rows = [[t, v, 0.0, 1, None] for t, v in inside.items()]
        times = list(inside)
        spacings = sorted(later - earlier for earlier, later in pairwise(times))
        if spacings:
            threshold = max(threshold, 4 * spacings[len(spacings) // 2])
    else:
        rows = [bin_row(group) for group in groups(inside, width).values()]
    bins = {floor(Fraction(row[0]) / width): row for row in rows} if len(inside) > 512 else {}
    alone = set()
    if len(said) > 512:
        for number, group in groups(said, width).items():
            words = set(group.values())
            word = words.pop() if len(words) == 1 else "<multiple>"
            if number in bins:
                bins[number][4] = word
            else:
                time = float(sum(map(Fraction, group)) / len(group))
                rows.append([time, 0.0, 0.0, 1, word])
                alone.add(time)
    else:
        by_time = {row[0]: row for row in rows}
        for t, word in said.items():
            if t in by_time:
                by_time[t][4] = word
            else:
                rows.append([t, 0.0, 0.0, 1, word])
                alone.add(t)
    rows.sort(key=lambda row: row[0])
    return broken(rows, alone, float(start), float(end), threshold), len(inside) > 512


def groups(entries, width):
    found = {}
    for t, value in entries.items():
        found.setdefault(floor(Fraction(t) / width), {})[t] = value
    return found


def bin_row(group):
    n = len(group)
    mean = sum(map(Fraction, group.values())) / n
    spread = fsum(float((Fraction(v) - mean) ** 2) for v in group.values()) / n
    return [float(sum(map(Fraction, group)) / n), float(mean), sqrt(spread), n, None]


def broken(rows, alone, start, end, threshold):
    """Return the rows with breaks between them."""
    if not rows:
        return []
    out, before, was_alone = [], start, False
    for row in rows:
        if row[0] - before > threshold or was_alone or row[0] in alone:
            out.append([(before + row[0]) / 2, BREAK, 0.0, 0, None])
        out.append(row)
        before, was_alone = row[0], row[0] in alone
    if end - before > threshold:
        out.append([(before + end) / 2, BREAK, 0.0, 0, None])
    return out
