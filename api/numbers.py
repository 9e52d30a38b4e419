"""Numbers as clients of sensor streams have always read them."""

WHOLE_LIMIT = 2.0**53  # beyond it a float is no count of anything


def number(value: float) -> float | int:
    """Return a whole number without a fraction, as those clients' servers print it."""
    return int(value) if abs(value) < WHOLE_LIMIT and value == int(value) else value
