"""The HTTP gateway for text messages (`BACKEND_SMS_URL`); without one they are only in the demo mailbox."""

import httpx

from backend.notifications.models import Mail
from backend.settings import Settings

TIMEOUT = 15


async def send_sms(mail: Mail, settings: Settings) -> None:
    """Post `{to, text, id}`; raises httpx.HTTPError. The id lets the gateway drop what it was given twice."""
    assert settings.sms_url is not None
    token = settings.sms_token
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        answer = await client.post(
            settings.sms_url,
            json={"to": mail.recipient, "text": mail.body, "id": mail.id},
            headers={"Authorization": f"Bearer {token.get_secret_value()}"} if token else {},
        )
    answer.raise_for_status()
