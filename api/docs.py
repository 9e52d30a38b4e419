"""The readable page of an OpenAPI document: plain HTML, made once, needing nothing but itself."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from api.schema_tables import field_table, meaning, prose, table, type_text

REFUSALS = 400  # and above: told once for all, at the end


def render(document: dict[str, Any], introduction: str, kinds: list[Any], codes: Mapping[str, str]) -> str:
    """Return the page's body. kinds: rows with name, summary, inputs, queue and the schema of params."""
    schemas = document["components"]["schemas"]
    return "\n".join(
        [
            f"<h1>{escape(document['info']['title'])}</h1>",
            f'<p class="lead">{prose(document["info"]["description"])}</p>',
            _contents(document),
            introduction,
            *_operations(document),
            '<h2 id="kinds">Kinds of jobs</h2>',
            *(_kind(kind) for kind in kinds),
            '<h2 id="refusals">Refusals</h2>',
            _refusals(document, codes),
            '<h2 id="shapes">Shapes</h2>',
            *(_shape(name, schema) for name, schema in sorted(schemas.items())),
        ]
    )


def _contents(document: dict[str, Any]) -> str:
    names = [*_by_tag(document), "kinds", "refusals", "shapes"]
    links = "".join(f'<a href="#{name}">{name}</a>' for name in names)
    return f'<nav>{links}<a href="/v1/openapi.json">openapi.json</a></nav>'


def _by_tag(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    operations: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            operations.setdefault(operation["tags"][0], []).append((method, path, operation))
    return operations


def _operations(document: dict[str, Any]) -> Iterator[str]:
    for tag, operations in _by_tag(document).items():
        yield f'<h2 id="{tag}">{tag.capitalize()}</h2>'
        for method, path, operation in operations:
            yield _operation(method, path, operation)


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    return (
        f'<details id="{operation["operationId"]}"><summary>'
        f'<span class="method {method}">{method.upper()}</span><span class="path">{escape(path)}</span>'
        f'<span class="said">{escape(operation["summary"])}</span></summary><div>'
        f"<p>{prose(operation.get('description', ''))}</p>"
        f"{_parameters(operation['parameters'])}{_body(operation)}{_answers(operation)}</div></details>"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = [
        [
            f"<code>{escape(one['name'])}</code>",
            one["in"],
            type_text(one["schema"]),
            meaning({**one["schema"], "description": one.get("description", "")}),
        ]
        for one in parameters
    ]
    return table(["Parameter", "In", "Type", ""], rows) if rows else ""


def _body(operation: dict[str, Any]) -> str:
    if "requestBody" not in operation:
        return ""
    content = operation["requestBody"]["content"]
    rows = [[f"<code>{escape(kind)}</code>", type_text(media["schema"])] for kind, media in content.items()]
    return table(["Body", ""], rows)


def _answers(operation: dict[str, Any]) -> str:
    rows = []
    for status, answer in operation["responses"].items():
        if int(status) < REFUSALS:
            shapes = ", ".join(type_text(media["schema"]) for media in answer.get("content", {}).values())
            headers = ", ".join(f"<code>{name}</code>" for name in answer.get("headers", {}))
            rows.append([status, prose(answer["description"]), shapes, headers])
    refused = " ".join(s for s in operation["responses"] if int(s) >= REFUSALS)
    rows.append(["else", f'<a href="#refusals">{refused}</a>', type_text({"$ref": "/Problem"}), ""])
    return table(["Answer", "", "Shape", "Headers"], rows)


def _kind(kind: Any) -> str:
    required = [f"<code>{escape(role)}</code>" for role in kind.inputs]
    optional = [f"<code>{escape(role)}</code> if need be" for role in kind.optional_inputs]
    inputs = ", ".join(required + optional) or "none"
    shapes = kind.params.get("$defs", {})
    parts = "".join(
        f'<h3 id="shape-{name}">{name}</h3>{field_table(shape)}' for name, shape in shapes.items()
    )
    return (
        f'<details id="kind-{kind.name}"><summary><code>{escape(kind.name)}</code>'
        f'<span class="said">queue {kind.queue}, version {kind.version}</span></summary><div>'
        f"<p>{prose(kind.summary)}</p><p>Inputs: {inputs}</p>{field_table(kind.params)}{parts}</div></details>"
    )


def _refusals(document: dict[str, Any], codes: Mapping[str, str]) -> str:
    statuses = [
        [status, prose(answer["description"])]
        for status, answer in document["components"]["responses"].items()
    ]
    rows = [[f'<code id="{code}">{code}</code>', prose(meaning)] for code, meaning in codes.items()]
    return table(["Status", "Meaning"], statuses) + table(["Code", "What to do about it"], rows)


def _shape(name: str, schema: dict[str, Any]) -> str:
    body = field_table(schema) if "properties" in schema else f"<p>{type_text(schema)}</p>"
    return (
        f'<details id="shape-{name}"><summary><code>{name}</code></summary>'
        f"<div><p>{prose(schema.get('description', ''))}</p>{body}</div></details>"
    )
