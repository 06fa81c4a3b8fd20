"""The cached validator refuses what Rasa's own refuses."""

import pytest
from jsonschema import ValidationError, validate
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

import bot.fast_validation

VALID = [
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "city", "value": None}], "responses": [{"text": "ok"}]},
    {},
]
INVALID = [
    {"events": {}},
    {"events": [{"event": "slot"}]},
    {"events": [{"event": "no such event"}]},
    {"responses": ["text"]},
    [],
]


@pytest.fixture
def action() -> RemoteAction:
    return RemoteAction("action_anything", EndpointConfig("http://127.0.0.1:1/webhook"))


def test_importing_the_module_puts_the_validator_in_place() -> None:
    assert RemoteAction._validate_action_result is bot.fast_validation._validate_action_result
    assert Domain.empty() is not None


@pytest.mark.parametrize("result", VALID)
def test_a_valid_result_is_accepted(action: RemoteAction, result) -> None:
    validate(result, RemoteAction.action_response_format_spec())
    assert action._validate_action_result(result) is True


@pytest.mark.parametrize("result", INVALID)
def test_an_invalid_result_is_still_refused(action: RemoteAction, result) -> None:
    with pytest.raises(ValidationError):
        validate(result, RemoteAction.action_response_format_spec())
    with pytest.raises(ValidationError, match="Failed to validate Action server response"):
        action._validate_action_result(result)
