"""Where in a request a value was wrong: msgspec's words as a JSON pointer."""

import msgspec


def locate(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return msgspec's message, and its `$.a[0].b` as the JSON pointer `/a/0/b`; empty for the whole.

    A field that is unknown or missing is the last step of the pointer.
    """
    message, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`").replace("[...]", "")  # which key of a dict was wrong, msgspec does not say
    pointer = path.replace("[", "/").replace("]", "").replace(".", "/")
    if message.startswith(("Object contains unknown field", "Object missing required field")):
        pointer += "/" + message.split("`")[1]
    return message, pointer
