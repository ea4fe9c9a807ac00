"""The JSON Schemas that are shipped, and documents held to them: the words of JSON Schema that ours use, and no others."""

import json
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3] / "schema"
_KNOWN = {"$schema", "title", "description", "type", "properties", "required", "items", "enum", "const", "minimum"}


def read(text: str) -> dict:
    """One document, of the schema that it names; raises ValueError with what is wrong."""
    document = json.loads(text)
    name = document["schema"].removeprefix("swmdadm.").replace("/", ".")
    found = list(_complaints(document, json.loads((_ROOT / f"swmdadm-{name}.json").read_text()), name))
    if found:
        raise ValueError("; ".join(found))
    return document


def _type(value: object) -> str:
    if value is None:
        return "null"
    return {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def _complaints(value: object, schema: dict, place: str):
    yield from (f"{place}: the word {word} is not known" for word in set(schema) - _KNOWN)
    types = schema.get("type", _type(value))
    if _type(value) not in ([types] if isinstance(types, str) else types):
        yield f"{place}: {_type(value)} is not {types}"
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of the words"
    if isinstance(value, dict):
        yield from (f"{place}: {name} is missing" for name in schema.get("required", []) if name not in value)
        for name, inner in value.items():
            if name not in schema["properties"]:
                yield f"{place}.{name}: is in no schema"
            else:
                yield from _complaints(inner, schema["properties"][name], f"{place}.{name}")
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _complaints(inner, schema["items"], f"{place}[{index}]")
