"""What Telegram gets from us: at its pace, each part once, also when Telegram fails, limits or is blocked."""

from connectors.core.models import SentPart, TranscriptMessage
from connectors.settings import Settings
from tests.connectors.gateway_world import alive, eventually, words
from tests.connectors.telegram.conftest import TelegramWorld

CARD = f"/secure/card/{'t' * 20}/card"


def saying(*messages):
    return lambda turn: {"language": "it", "script": "Latn", "messages": list(messages)}


def statuses(telegram: TelegramWorld) -> list[str | None]:
    return [row.status for row in telegram.rows(TranscriptMessage.__table__) if row.author != "customer"]


async def test_a_long_answer_is_sent_in_parts_each_once_though_telegram_fails_in_between(
    telegram: TelegramWorld,
) -> None:
    long = " ".join(f"Frase numero {number}." for number in range(600))
    rina = telegram.phone()
    await rina.say("ciao")
    telegram.rasa.answer = saying({"text": long}, {"text": "Fine."})
    rina.faults(failing=1, too_many=1)
    await rina.say("racconti")
    parts = rina.texts[1:]
    assert len(parts) == 4 and parts[-1] == "Fine."
    assert " ".join(parts[:-1]) == long
    assert statuses(telegram) == ["sent", "sent", "sent"]
    assert len(telegram.rows(SentPart.__table__)) == 5


async def test_too_many_requests_are_waited_out(telegram: TelegramWorld) -> None:
    rina = telegram.phone()
    await rina.say("ciao")
    rina.faults(too_many=2)
    await rina.say("ancora")
    assert rina.texts == ["echo: ciao", "echo: ancora"]


async def test_who_blocked_us_gets_what_waited_when_they_write_again(telegram: TelegramWorld) -> None:
    rina, marko = telegram.phone(), telegram.phone("it", "5550001")
    await rina.say("ciao")
    await telegram.sim.set_blocked("it", rina.customer, True)
    await rina.say("mi sente?")
    assert rina.texts == ["echo: ciao"]
    await marko.say("e io?")
    assert marko.texts == ["echo: e io?"]
    await telegram.sim.set_blocked("it", rina.customer, False)
    await rina.say("/start")
    assert rina.texts == ["echo: ciao", "echo: mi sente?", "echo: /greet"]


async def test_who_is_gone_holds_nobody_up(telegram: TelegramWorld) -> None:
    rina = telegram.phone()
    await rina.say("ciao")
    telegram.sim.chats.chat(rina.key).entries.clear()
    conversation = telegram.rasa.turns[0]["conversation_id"]
    telegram.backend.news.append(
        {"news_id": "n1", "conversation_id": conversation, "kind": "behind_login", "variables": {}}
    )

    async def failed() -> bool:
        return statuses(telegram)[-1:] == ["failed"]

    await eventually(failed)


async def test_what_telegram_does_not_take_as_it_is_comes_as_bare_text(telegram: TelegramWorld) -> None:
    rina = telegram.phone()
    refused = {"title": "Apri", "url": "https://nodots/secure"}
    telegram.rasa.answer = saying(
        {"text": "Ecco.", "custom": {"link": refused}, "buttons": [{"title": "Menu", "payload": "/menu"}]}
    )
    await rina.say("ciao")
    assert rina.texts == ["Ecco.\n\nApri: https://nodots/secure"]
    assert rina.find_button("Menu")


async def test_the_log_in_link_is_a_button_without_a_preview(telegram: TelegramWorld) -> None:
    rina = telegram.phone()
    link = {"title": "Apri la pagina", "url": "/secure/abc", "kind": "login"}
    telegram.rasa.answer = saying({"text": "Acceda qui.", "custom": {"link": link}})
    await rina.say("accedi")
    (button,) = rina.answers[-1].buttons[0]
    assert (button.title, button.url) == ("Apri la pagina", "http://127.0.0.1:8000/secure/abc")
    method, given = telegram.sim.bots["it"].calls[-1]
    assert method == "sendMessage" and '"is_disabled": true' in given["link_preview_options"]


async def test_a_health_card_comes_as_a_picture_and_a_document(telegram: TelegramWorld) -> None:
    rina = telegram.phone()
    card = {
        "title": "Rina Wijaya",
        "subtitle": "Salute <base> & più",
        "picture": {"url": f"{CARD}.png", "alt": "La tessera"},
        "link": {"title": "PDF", "url": f"{CARD}.pdf"},
        "buttons": [{"title": "Persa", "payload": "/view_ecard"}],
    }
    telegram.rasa.answer = saying({"text": "Ecco la tessera.", "custom": {"cards": [card]}})
    await rina.say("tessera")
    text, picture, document = rina.answers
    assert text.text == "Ecco la tessera."
    assert picture.kind == "photo" and picture.file is not None and picture.file.content == b"a picture"
    assert picture.text == "Rina Wijaya\nSalute <base> & più"
    assert document.kind == "document" and document.file is not None
    assert (document.file.name, document.file.content) == ("card.pdf", b"a pdf")
    await rina.press("Persa")
    assert telegram.rasa.texts[-1] == "/view_ecard"


async def test_a_file_that_an_agent_sent_comes_as_a_document_or_a_picture(telegram: TelegramWorld) -> None:
    rina, token = telegram.phone(), "s" * 20
    telegram.backend.sent_files[token] = b"a form"
    url = f"/secure/file/{token}/file"
    pdf = {"title": "modulo.pdf", "link": {"title": "Apri il file", "url": f"{url}.pdf"}}
    photo = {"title": "mappa.jpg", "picture": {"url": f"{url}.jpg", "alt": "mappa.jpg"}}
    telegram.rasa.answer = saying({"custom": {"cards": [pdf, photo]}})
    await rina.say("modulo")
    files = {shown.kind: shown.file for shown in rina.answers if shown.file is not None}
    assert set(files) == {"document", "photo"}
    assert all(file.content == b"a form" for file in files.values())


async def test_a_card_that_may_not_be_shown_any_more_is_told_in_words(telegram: TelegramWorld) -> None:
    rina = telegram.phone()
    gone = CARD.replace("t" * 20, "u" * 20)
    card = {"title": "Rina Wijaya", "picture": {"url": f"{gone}.png", "alt": "La tessera"}}
    telegram.rasa.answer = saying({"text": "Ecco la tessera.", "custom": {"cards": [card]}})
    await rina.say("tessera")
    assert rina.texts == ["Ecco la tessera.", f"Rina Wijaya\n\n{words('ecard_link_old')}"]


async def test_a_hospital_is_shown_on_the_map(telegram: TelegramWorld) -> None:
    rina = telegram.phone()
    place = {"lat": 45.07, "lon": 7.68, "address": "Via Roma 1, Torino"}
    telegram.rasa.answer = saying(
        {"text": "Ecco:", "custom": {"cards": [{"title": "Molinette", "place": place}]}}
    )
    await rina.say("ospedale")
    shown = rina.answers[-1].location
    assert shown is not None and (shown.latitude, shown.longitude) == (45.07, 7.68)
    assert (shown.name, shown.address) == ("Molinette", "Via Roma 1, Torino")


async def test_serbian_is_written_in_the_reader_s_script(telegram: TelegramWorld) -> None:
    marko = telegram.phone("rs")
    telegram.rasa.answer = lambda turn: {
        "language": "sr",
        "script": "Cyrl",
        "messages": [{"text": "Где?", "custom": {"input": {"kind": "location"}}}],
    }
    await marko.say("болница")
    assert marko.answers[-1].keyboard[0][0].title == "Пошаљи моју локацију"


async def test_the_menu_of_commands_is_there_in_every_language(telegram: TelegramWorld) -> None:
    async def told() -> bool:
        return set(telegram.sim.bots["it"].commands) == {"id", "it", "sr"}

    await eventually(told)
    assert [command["command"] for command in telegram.sim.bots["it"].commands["it"]] == [
        "menu",
        "help",
        "stop",
    ]


async def test_a_developer_s_computer_asks_for_updates_itself(telegram: TelegramWorld) -> None:
    """A second gateway, polling, at the same Telegram: the webhook that was set is taken away."""
    accounts = [
        account.model_copy(update={"mode": "polling"}) for account in telegram.settings.telegram_accounts[:1]
    ]
    settings: Settings = telegram.settings.model_copy(update={"telegram_accounts": accounts})
    polling = TelegramWorld(settings, telegram.sim)
    rina = polling.phone("id")
    polling.backend.down = True
    async with alive(polling.app), polling.http:
        bot = telegram.sim.bots["id"]

        async def takes_over() -> bool:
            return bot.webhook is None

        await eventually(takes_over)
        # A new customer whose phone speaks no language of ours: the market must be asked, and is away.
        bot.account = bot.account.model_copy(update={"language": "de"})
        await telegram.sim.say("id", rina.customer, "hallo")
        await telegram.sim.say("id", rina.customer, "noch da?")
        polling.backend.down = False

        async def answered() -> bool:
            return rina.texts == ["echo: hallo", "echo: noch da?"]

        await eventually(answered)

        async def fetched() -> bool:
            return bot.waiting == []

        await eventually(fetched)
