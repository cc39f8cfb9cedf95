"""The published contract, made from the code: ``asyncapi.yaml`` (AsyncAPI 3), one JSON Schema and one example per message.

``python -m cloud_bridge.asyncapi --write docs/messages`` writes the files, ``--check docs/messages`` tells which differ.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from cloud_bridge.envelope import ClockStamp, seal
from cloud_bridge.examples import EXAMPLES
from cloud_bridge.message_parts import Message
from cloud_bridge.messages import EVENT_TYPES, PLAIN_MESSAGES, Event
from cloud_bridge.topics import ID_PATTERN, ROOT, TOPICS, StoreAddress, Topic

DRAFT = "https://json-schema.org/draft/2020-12/schema"
EXAMPLE_ADDRESS = StoreAddress("acme", "S0001")
EXAMPLE_STAMP = ClockStamp(
    wall_ns=1_795_341_600_123_000_000, monotonic_ns=123_456_789_000, boot_id="3f6a1f0e-6f3c-4b0e-9a57-0c1d2e3f4a5b", clocksync="ntp"
)
EXAMPLE_EPOCH = 59_731_200
ENVELOPE = "envelope"


def message_name(model: type[Message]) -> str:
    """The name under which a message is published: its event type, or the class name in words."""
    if issubclass(model, Event):
        return model.TYPE
    stem = model.__name__.removesuffix("V1")
    words = "".join(f".{letter.lower()}" if letter.isupper() else letter for letter in stem).strip(".")
    return f"{words}.v1"


def data_schema(model: type[Message]) -> dict[str, Any]:
    """The JSON Schema of a message's own content, as it is on the wire. Readers must accept more fields than are named."""
    schema = _open(model.model_json_schema(mode="serialization"))
    head = {"$schema": DRAFT, "$id": _schema_id(message_name(model))}
    described: dict[str, Any] = head | schema
    return described


def envelope_schema() -> dict[str, Any]:
    """The JSON Schema of the CloudEvents envelope around every event."""
    text = {"type": "string", "minLength": 1, "maxLength": 512}
    properties: dict[str, Any] = {
        "specversion": {"const": "1.0"},
        "id": text | {"description": "UUID version 7; a repetition keeps it."},
        "source": text | {"pattern": "^//[A-Za-z0-9_-]{1,64}/stores/[A-Za-z0-9_-]{1,64}$", "description": "The store."},
        "type": {"enum": [model.full_type() for model in EVENT_TYPES]},
        "subject": text | {"description": "What the event is about."},
        "time": text | {"format": "date-time", "description": "The store's wall clock; clocksync qualifies it, epoch and sequence order."},
        "datacontenttype": {"const": "application/json"},
        "dataschema": text | {"description": "Name of the schema of data."},
        "sequence": {"type": "string", "pattern": "^[0-9]{10}-[0-9]{14}$", "description": "Epoch and number; contiguous, ordered as text."},
        "partitionkey": {"type": "string", "pattern": ID_PATTERN, "description": "The store's id."},
        "epoch": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1, "description": "Renewed when the outbox is re-created or copied."},
        "bootid": text | {"description": "Boot to which all monotonic times of the event belong."},
        "monons": {"type": "string", "pattern": "^[0-9]{1,19}$", "description": "Monotonic nanoseconds of that boot."},
        "clocksync": {"enum": ["ntp", "rtc", "none"], "description": "What the wall clock rested on."},
        "data": {"type": "object", "description": "The event; its schema is named by dataschema."},
    }
    return {
        "$schema": DRAFT,
        "$id": _schema_id(ENVELOPE),
        "title": "CloudEvents envelope",
        "type": "object",
        "required": list(properties),
        "properties": properties,
    }


def example(message: Message) -> dict[str, Any]:
    """An example as it is on the wire: in its envelope where the message is an event."""
    if not isinstance(message, Event):
        return message.model_dump(mode="json")
    body = seal(
        message,
        event_id="019b0c7d-3a4b-7c5d-8e6f-708192a3b4c5",
        source=EXAMPLE_ADDRESS.source,
        store=EXAMPLE_ADDRESS.store,
        epoch=EXAMPLE_EPOCH,
        seq=1234,
        stamp=EXAMPLE_STAMP,
    )
    decoded: dict[str, Any] = json.loads(body)
    return decoded


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 document, seen from the store."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for topic in TOPICS:
        models = [model for model in (*EVENT_TYPES, *PLAIN_MESSAGES) if model.TOPIC is topic]
        names = [message_name(model) for model in models]
        channels[topic.name] = {
            "address": f"{ROOT}/{{tenant}}/{{store}}/{topic.leaf}",
            "description": topic.meaning,
            "parameters": {
                "tenant": {"description": f"Tenant id, {ID_PATTERN}."},
                "store": {"description": f"Store id, {ID_PATTERN}."},
            },
            "messages": {_key(name): {"$ref": f"#/components/messages/{_key(name)}"} for name in names},
        }
        operations[topic.name] = {
            "action": "send" if topic.direction == "store_to_cloud" else "receive",
            "channel": {"$ref": f"#/channels/{topic.name}"},
            "bindings": {"mqtt": _binding(topic)},
        }
    operations["ask_entry"]["reply"] = {"channel": {"$ref": "#/channels/answer_entry"}}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "smartstore-edge store messages",
            "version": "1.0.0",
            "description": "What one unstaffed store and the cloud say to each other over MQTT 5. Events travel in CloudEvents 1.0 "
            "envelopes (structured JSON) and are repeated until the cloud has published a watermark that covers them.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": {_key(message_name(model)): _message(model) for model in (*EVENT_TYPES, *PLAIN_MESSAGES)}},
    }


def files() -> dict[str, str]:
    """All published files by their path below the folder."""
    import yaml

    found = {"asyncapi.yaml": yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=140)}
    found[f"schemas/{ENVELOPE}.json"] = _json(envelope_schema())
    for model in (*EVENT_TYPES, *PLAIN_MESSAGES):
        found[f"schemas/{message_name(model)}.json"] = _json(data_schema(model))
    for message in EXAMPLES:
        found[f"examples/{message_name(type(message))}.json"] = _json(example(message))
    return found


def differing(folder: Path) -> list[str]:
    """Paths below ``folder`` that are missing, stale or no longer made."""
    wanted = files()
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in (".json", ".yaml")} if folder.is_dir() else set()
    wrong = [name for name, text in wanted.items() if name not in there or (folder / name).read_text(encoding="utf-8") != text]
    return sorted([*wrong, *(there - set(wanted))])


def main(arguments: list[str] | None = None) -> int:
    """Write or check the published files."""
    parser = argparse.ArgumentParser(prog="python -m cloud_bridge.asyncapi", description=(__doc__ or "").splitlines()[0])
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", type=Path, metavar="FOLDER", help="write all files below this folder")
    action.add_argument("--check", type=Path, metavar="FOLDER", help="tell which files below this folder differ from the code")
    chosen = parser.parse_args(arguments)
    if chosen.check is not None:
        wrong = differing(chosen.check)
        for name in wrong:
            print(
                f"{chosen.check / name} differs from the code: run python -m cloud_bridge.asyncapi --write {chosen.check}", file=sys.stderr
            )
        return 1 if wrong else 0
    wanted = files()
    for name in differing(chosen.write):
        path = chosen.write / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[name], encoding="utf-8")
    return 0


def _message(model: type[Message]) -> dict[str, Any]:
    name = message_name(model)
    schema = f"./schemas/{name}.json"
    event = issubclass(model, Event)
    payload = {"allOf": [{"$ref": f"./schemas/{ENVELOPE}.json"}, {"properties": {"data": {"$ref": schema}}}]} if event else {"$ref": schema}
    examples = [{"payload": example(message)} for message in EXAMPLES if type(message) is model]
    return {
        "name": model.full_type() if issubclass(model, Event) else name,
        "summary": (model.__doc__ or "").split("\n", 1)[0].strip(),
        "contentType": model.TOPIC.content_type,
        "payload": payload,
        "examples": examples,
    }


def _binding(topic: Topic) -> dict[str, Any]:
    expiry = {} if topic.expiry_s is None else {"messageExpiryInterval": topic.expiry_s}
    return {"qos": topic.qos, "retain": topic.retained, **expiry, "bindingVersion": "0.2.0"}


def _open(schema: Any) -> Any:
    """Without ``additionalProperties: false``: writers add no unknown field, readers must live with one."""
    if isinstance(schema, dict):
        return {key: _open(value) for key, value in schema.items() if not (key == "additionalProperties" and value is False)}
    return [_open(value) for value in schema] if isinstance(schema, list) else schema


def _schema_id(name: str) -> str:
    return f"urn:smartstore:schema:{name}"


def _key(name: str) -> str:
    return name.replace(".", "_")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
