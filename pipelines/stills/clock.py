"""Times as people and players read them."""


def clock(seconds: float) -> str:
    """Give minutes, seconds and thousandths, with hours where there are any: `2:05.040`, `1:02:05.040`."""
    hours, minutes, rest = _split(seconds)
    return f"{hours}:{minutes:02}:{rest}" if hours else f"{minutes}:{rest}"


def vtt_clock(seconds: float) -> str:
    """Give a time as WebVTT has it: `00:02:05.040`. Source: W3C WebVTT, 4.1."""
    hours, minutes, rest = _split(seconds)
    return f"{hours:02}:{minutes:02}:{rest}"


def _split(seconds: float) -> tuple[int, int, str]:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return hours, minutes, f"{milliseconds // 1000:02}.{milliseconds % 1000:03}"
