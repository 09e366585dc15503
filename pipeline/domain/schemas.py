"""JSON Schema of every type of event and alert, generated from the structs that read and write them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec

from pipeline.domain.alerts import ALERT_TYPES, Alert
from pipeline.domain.envelope import ATTRIBUTE_NAME, MAX_EXTENSIONS, SPECVERSION, Envelope, Moment
from pipeline.domain.events.registry import EVENT_TYPES

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_REQUIRED: Final = ["specversion", "id", "source", "type", "data"]


def event_schema(event_type: str) -> Schema:
    """The schema of a whole event of this type in structured JSON; `x-privacy` tells each field's class.

    Raises `KeyError` on a type that is not ours.
    """
    struct = EVENT_TYPES[event_type]
    (reference,), definitions = msgspec.json.schema_components([struct], ref_template="#/$defs/{name}")
    properties = _attribute_schemas()
    properties["specversion"] = {**properties["specversion"], "const": SPECVERSION}
    properties["type"] = {**properties["type"], "const": event_type}
    properties["data"] = reference
    return {
        "$schema": DIALECT,
        "title": event_type,
        "description": inspect.cleandoc(struct.__doc__ or ""),
        "type": "object",
        "properties": properties,
        "required": _REQUIRED,
        "propertyNames": {"pattern": f"^{ATTRIBUTE_NAME.pattern}$"},
        "additionalProperties": {"type": ["string", "boolean", "integer", "null"], "x-privacy": "quasi_identifier"},
        "maxProperties": len(properties) + MAX_EXTENSIONS,
        "$defs": {name: _described(definition) for name, definition in definitions.items()},
    }


def _described(definition: Schema) -> Schema:
    """The definition with its description's lines at the margin, where older Pythons leave them indented."""
    if "description" not in definition:
        return definition
    return {**definition, "description": inspect.cleandoc(definition["description"])}


def all_schemas() -> dict[str, Schema]:
    """The schema of each event type, by its name."""
    return {event_type: event_schema(event_type) for event_type in EVENT_TYPES}


def alert_schema(alert_type: str) -> Schema:
    """The schema of a whole alert of this type as it stands on `feedback.alerts`.

    Raises `KeyError` on a type that is not ours.
    """
    struct = ALERT_TYPES[alert_type]
    (envelope, data), definitions = msgspec.json.schema_components([Alert, struct], ref_template="#/$defs/{name}")
    properties: dict[str, Any] = definitions.pop(envelope["$ref"].rpartition("/")[2])["properties"]
    properties["specversion"] = {**properties["specversion"], "const": SPECVERSION}
    properties["type"] = {**properties["type"], "const": alert_type}
    properties["data"] = data
    return {
        "$schema": DIALECT,
        "title": alert_type,
        "description": inspect.cleandoc(struct.__doc__ or ""),
        "type": "object",
        "properties": properties,
        "required": [*_REQUIRED, "time"],
        "$defs": {name: _described(definition) for name, definition in definitions.items()},
    }


def schema_files() -> dict[str, bytes]:
    """What stands under `docs/schemas/`, of events and of alerts: the bytes of each file by its name."""
    schemas = all_schemas() | {alert_type: alert_schema(alert_type) for alert_type in ALERT_TYPES}
    return {
        f"{name}.json": msgspec.json.format(msgspec.json.encode(schema, order="deterministic"), indent=2) + b"\n"
        for name, schema in schemas.items()
    }


def write_schemas(folder: Path) -> None:
    """Make `folder` hold exactly the schema files, replacing and removing what differs."""
    files = schema_files()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _attribute_schemas() -> dict[str, Schema]:
    """Schemas of the envelope's attributes, but for `data`."""
    hints = get_type_hints(Envelope, include_extras=True)
    hints["time"] = Moment | None
    del hints["data"]
    plain = msgspec.defstruct("Attributes", list(hints.items()))
    _, definitions = msgspec.json.schema_components([plain], ref_template="#/$defs/{name}")
    properties: dict[str, Schema] = definitions["Attributes"]["properties"]
    return properties
