"""A customer and the assistant on WhatsApp, through the real webhook and the stand-in of Meta's API."""

from tests.connectors.whatsapp.conftest import CUSTOMER, Mobile


async def test_a_text_is_answered(mobile: Mobile) -> None:
    await mobile.say("Buongiorno")
    [answer] = await mobile.receives(1)
    assert answer.text == "echo: Buongiorno"
    [conversation] = mobile.conversations()
    assert (conversation.market, conversation.language, conversation.channel) == ("it", "it", "whatsapp")
    assert mobile.rasa.turns[0]["metadata"]["channel"] == "whatsapp"
    assert CUSTOMER not in str(mobile.rasa.turns)
