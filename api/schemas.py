"""JSON Schema of our Structs, their docstrings as one line of text each."""

from collections.abc import Iterable
from typing import Any

import msgspec


def of(types: Iterable[Any], ref: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return a schema for each type, and the components they point to; ref: how, as `#/$defs/{name}`."""
    schemas, components = msgspec.json.schema_components(types, ref_template=ref)
    for schema in components.values():
        if "description" in schema:
            schema["description"] = " ".join(schema["description"].split())
    return schemas, components
