"""What was asked for lately is kept within its bound."""

from api.recent import Recent


def test_what_was_unused_for_longest_goes_first():
    kept = Recent(2, lambda value: 1)
    made = []

    def ask(key):
        return kept.get(key, lambda: made.append(key) or key)

    for key in "abacab":
        assert ask(key) == key

    assert made == ["a", "b", "c", "b"]


def test_what_is_larger_than_the_bound_is_given_and_not_kept():
    kept = Recent(2, lambda value: 3)

    first, second = kept.get("a", lambda: [1]), kept.get("a", lambda: [2])

    assert (first, second) == ([1], [2])
