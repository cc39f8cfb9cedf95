"""The published contract is the code's, and its examples keep it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cloud_bridge.asyncapi import differing, example, main, message_name
from cloud_bridge.envelope import open_envelope
from cloud_bridge.examples import EXAMPLES
from cloud_bridge.message_parts import Message
from cloud_bridge.messages import EVENT_TYPES, PLAIN_MESSAGES, Event, read_event_data
from cloud_bridge.topics import TOPICS

FOLDER = Path(__file__).parents[2] / "docs" / "messages"


def _schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def test_the_published_files_are_those_the_code_makes() -> None:
    assert differing(FOLDER) == []


def test_a_stale_file_is_found_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--write", str(tmp_path)]) == 0
    (tmp_path / "schemas" / "watermark.v1.json").write_text("{}")
    (tmp_path / "schemas" / "gone.v1.json").write_text("{}")
    assert main(["--check", str(tmp_path)]) == 1
    assert "watermark.v1.json" in capsys.readouterr().err
    assert main(["--write", str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0


def test_every_message_has_an_example_a_topic_and_its_own_name() -> None:
    models = (*EVENT_TYPES, *PLAIN_MESSAGES)
    assert {type(message) for message in EXAMPLES} == set(models)
    assert len({message_name(model) for model in models}) == len(models)
    assert {model.TOPIC for model in models} == set(TOPICS)


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: message_name(type(message)))
def test_examples_keep_their_schema_and_can_be_read_back(message: Message) -> None:
    name = message_name(type(message))
    wire = json.loads((FOLDER / "examples" / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(_schema(name))
    if isinstance(message, Event):
        jsonschema.validate(wire, _schema("envelope"), jsonschema.Draft202012Validator)
        jsonschema.validate(wire["data"], _schema(name), jsonschema.Draft202012Validator)
        envelope = open_envelope(json.dumps(wire).encode())
        assert read_event_data(envelope.type, envelope.data) == message
    else:
        jsonschema.validate(wire, _schema(name), jsonschema.Draft202012Validator)
        assert type(message).model_validate(wire) == message


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: message_name(type(message)))
def test_schemas_refuse_what_lacks_a_field(message: Message) -> None:
    name = message_name(type(message))
    wire = example(message)
    data = wire["data"] if isinstance(message, Event) else wire
    for field in _schema(name)["required"]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({key: value for key, value in data.items() if key != field}, _schema(name))


def test_the_asyncapi_document_points_only_at_what_is_there() -> None:
    document = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text(encoding="utf-8"))
    assert document["asyncapi"].startswith("3.")

    def refs(node: Any) -> list[str]:
        if isinstance(node, dict):
            return [ref for key, value in node.items() for ref in ([value] if key == "$ref" else refs(value))]
        return [ref for value in node for ref in refs(value)] if isinstance(node, list) else []

    found = refs(document)
    assert found
    for ref in found:
        if ref.startswith("#/"):
            node: Any = document
            for part in ref[2:].split("/"):
                node = node[part]
        else:
            assert (FOLDER / ref).is_file(), ref
    for channel in document["channels"].values():
        assert channel["messages"]
