"""A movie of a level that x264 does not know is cut by encoding all of the range."""

from pipelines.clip import Range, cut


def test_a_range_of_an_unknown_level_is_encoded_whole(write_movie, noise, tmp_path):
    path = write_movie(noise(24), options={"g": "6", "bf": "0"})
    data = bytearray(path.read_bytes())
    at = data.index(b"avcC") + 4
    data[at + 3] = data[at + 11] = 14  # the record's level, and its parameter set's
    path.write_bytes(data)

    (clip,) = cut(path, tmp_path, [Range(4, 20)], mode="smart").clips

    assert (clip.mode, clip.why) == ("exact", "the profile or level is none that x264 can match")
    assert clip.frames == 16
