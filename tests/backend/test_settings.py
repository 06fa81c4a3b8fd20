"""A production profile does not start with what everybody knows."""

import pytest

from backend.settings import Settings

REAL = {
    "profile": "production",
    "connectors_token": "c" * 32,
    "actions_token": "a" * 32,
    "hash_key": "h" * 32,
    "office_secret": "o" * 32,
    "staff_key": "s" * 32,
    "payment_secret": "p" * 32,
    "public_url": "https://chat.example.org",
    "smtp_url": "smtp://mail.example.org:587",
    "sms_url": "https://sms.example.org/messages",
}


def test_production_starts_with_secrets_of_its_own() -> None:
    assert not Settings(_env_file=None, **REAL).demo


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"connectors_token": "demo-connectors-token"}, "BACKEND_CONNECTORS_TOKEN"),
        ({"actions_token": "short"}, "BACKEND_ACTIONS_TOKEN"),
        ({"hash_key": "demo-hash-key-0123456789abcdef0123456789abcdef"}, "BACKEND_HASH_KEY"),
        ({"office_secret": "demo-office-secret-0123456789abcdef"}, "BACKEND_OFFICE_SECRET"),
        ({"staff_key": "demo-staff-key-0123456789abcdef0123456789"}, "BACKEND_STAFF_KEY"),
        ({"staff_keys_before": ["demo-staff-key-0123456789abcdef0123456789"]}, "BACKEND_STAFF_KEYS_BEFORE"),
        ({"staff_keys_before": ["t" * 32, "short"]}, "BACKEND_STAFF_KEYS_BEFORE"),
        ({"payment_provider": "stand_in"}, "BACKEND_PAYMENT_PROVIDER"),
        ({"public_url": "http://127.0.0.1:8000"}, "BACKEND_PUBLIC_URL"),
        ({"actions_token": "c" * 32}, "the same"),
        ({"smtp_url": None}, "BACKEND_SMTP_URL"),
        ({"sms_url": None}, "BACKEND_SMS_URL"),
        ({"sms_url": "http://sms.example.org"}, "BACKEND_SMS_URL"),
    ],
)
def test_production_refuses_demo_secrets(change: dict[str, str | list[str] | None], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Settings(_env_file=None, **(REAL | change))


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(Settings(_env_file=None, **REAL, staff_keys_before=["t" * 32]))
    assert "h" * 32 not in shown
    assert "c" * 32 not in shown
    assert "o" * 32 not in shown
    assert "s" * 32 not in shown
    assert "t" * 32 not in shown


def test_keys_of_before_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKEND_STAFF_KEYS_BEFORE", '["one, with a comma", "two"]')
    read = Settings(_env_file=None).staff_keys_before
    assert [key.get_secret_value() for key in read] == ["one, with a comma", "two"]
