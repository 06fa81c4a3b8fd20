"""`/docs`: the channel's OpenAPI description as a plain page. The usual viewers come from a CDN; this one does not.

For developers, hence in English and without the customers' texts.
"""

from typing import Any

from fastapi import APIRouter, Request, Response

from connectors.core.conversations import Voice
from connectors.website.pages import render_page

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def show_docs(request: Request) -> Response:
    """Every operation with its parameters, body, answers and examples."""
    schema: dict[str, Any] = request.app.openapi()
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "description": operation.get("description") or operation.get("summary", ""),
            "parameters": [
                {
                    "name": parameter["name"],
                    "in": parameter["in"],
                    "required": parameter.get("required", False),
                    "description": parameter.get("description", ""),
                }
                for parameter in operation.get("parameters", [])
            ],
            "body": name_content(operation.get("requestBody", {})),
            "answers": {
                status: {"description": answer.get("description", ""), "schema": name_content(answer)}
                for status, answer in operation.get("responses", {}).items()
                if answer.get("description") != "Validation Error"
            },
        }
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    models = {
        name: {
            field: {
                "type": name_schema(described),
                "description": described.get("description", ""),
                "required": field in model.get("required", []),
            }
            for field, described in model.get("properties", {}).items()
        }
        for name, model in schema.get("components", {}).get("schemas", {}).items()
        if "ValidationError" not in name
    }
    return render_page(
        request, "docs.html", Voice("it"), info=schema["info"], operations=operations, models=models
    )


def name_content(part: dict[str, Any]) -> str:
    """The schema of a body or an answer, in a few words."""
    for content in part.get("content", {}).values():
        return name_schema(content.get("schema"))
    return ""


def name_schema(schema: dict[str, Any] | None) -> str:
    """A schema in a few words: `Message`, `list of Card`, `string or null`."""
    if not schema:
        return ""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(name_schema(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {name_schema(schema.get('items')) or 'anything'}"
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    return str(schema.get("format") or schema.get("type", ""))
