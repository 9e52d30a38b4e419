"""Follow points by what they looked like when they were marked: no drift, and every loss told."""

from pipelines.track.precise.engine import Precise as Precise
