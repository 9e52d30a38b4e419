"""JSON Schema as people read it: a table of fields, and types in a few words."""

import re
from html import escape
from typing import Any

CODE = re.compile(r"`([^`]+)`")
BOUNDS = (
    ("minimum", "≥ {}"),
    ("maximum", "≤ {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {}"),
)
FORMATS = {"binary": "bytes", "date-time": "time"}
SMALL = 1 << 53  # bounds beyond it say no more than "64 bits"


def prose(text: str) -> str:
    """Return text as HTML, with `code` marked up."""
    return CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return an HTML table of cells that are HTML already."""
    titles = "".join(f"<th>{title}</th>" for title in head)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"


def field_table(schema: dict[str, Any]) -> str:
    """Return the fields of an object: name, type, meaning."""
    required = set(schema.get("required", []))
    rows = [
        [f"<code>{escape(name)}</code>", type_text(field), meaning(field, must=name in required)]
        for name, field in schema.get("properties", {}).items()
    ]
    return table(["Field", "Type", ""], rows) if rows else "<p>No fields.</p>"


def type_text(schema: dict[str, Any]) -> str:
    """Return the type in a few words of HTML, linked where it is a shape of its own."""
    match schema:
        case {"$ref": ref}:
            name = ref.rpartition("/")[2]
            text = f'<a href="#shape-{name}">{name}</a>'
        case {"anyOf": variants}:
            text = " or ".join(type_text(variant) for variant in variants)
        case {"enum": values}:
            text = " · ".join(f"<code>{escape(str(value))}</code>" for value in values)
        case {"type": "array", "prefixItems": [first, *more]}:
            text = f"list of {len(more) + 1}: {type_text(first)}"
        case {"type": "array"}:
            text = f"list of {type_text(schema.get('items', {}))}"
        case {"type": "object", "additionalProperties": dict(values)}:
            text = f"object of {type_text(values)}"
        case {"type": "string", "format": form}:
            text = FORMATS.get(form, "string")
        case _:
            text = schema.get("type", "anything")
    return text


def meaning(field: dict[str, Any], *, must: bool = False) -> str:
    """Return what is said of a field, its bounds, and its default or that it is required."""
    words = [prose(field["description"])] if field.get("description") else []
    bounded = [field, *field.get("anyOf", [])]
    words += [
        text.format(f"{one[name]:g}")
        for one in bounded
        for name, text in BOUNDS
        if name in one and abs(one[name]) < SMALL
    ]
    if must:
        words.append("required")
    elif field.get("default") not in (None, [], {}, ""):
        words.append(f"default <code>{escape(str(field['default']))}</code>")
    return "; ".join(words)
