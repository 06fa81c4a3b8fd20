"""A score that is typed instead of pressed counts where it was just asked for, and nowhere else."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from connectors.core.conversations import Voice
from connectors.core.handover.models import Handover
from connectors.core.handover.rating import read_score
from tests.connectors.gateway_world import Chat, World, words
from tests.connectors.handover.care_chats import GIULIA, handovers, in_queue, owned, press, texts_of


@pytest.mark.parametrize(
    ("text", "tag", "score"),
    [
        ("5", "it", 5),
        (" 4! ", "it", 4),
        ("3/5", "it", 3),
        ("5️⃣", "it", 5),
        ("cinque", "it", 5),
        ("Lima", "id", 5),
        ("pet", "sr", 5),
        ("Пет.", "sr", 5),
        ("četiri", "sr", 4),
        ("cetiri", "sr", 4),
        ("★★★★★", "id", 5),
        ("⭐️⭐️ ⭐️", "it", 3),
        ("★★☆☆☆", "it", 2),
        ("5 – molto bene", "it", 5),
        ("4 добро", "sr", 4),
        ("0", "it", None),
        ("6", "it", None),
        ("☆☆☆☆☆", "it", None),
        ("★★★★★★", "it", None),
        ("5,5", "it", None),
        ("50", "it", None),
        ("5 maggio", "it", None),
        ("baik", "id", None),
        ("ho 5 domande", "it", None),
        ("", "it", None),
        ("5" * 50, "it", None),
    ],
)
def test_scores_are_read_as_people_type_them(text: str, tag: str, score: int | None) -> None:
    assert read_score(text, Voice(tag)) == score


async def closed(care: World) -> Chat:
    chat, handover = await owned(care)
    await handovers(care).close(handover, GIULIA, "solved")
    await chat.quiet()
    return chat


def rating(care: World) -> int | None:
    [row] = care.rows(Handover.__table__)
    return int(row.rating) if row.rating is not None else None


async def test_the_first_word_after_the_good_bye_may_be_the_score(care: World) -> None:
    chat = await closed(care)
    assert texts_of(await chat.say("cinque")) == [words("care_rated")]
    assert rating(care) == 5
    # Given once it is a number like any other.
    assert texts_of(await chat.say("3")) == ["echo: 3"]
    assert rating(care) == 5 and "cinque" not in care.rasa.texts


async def test_a_number_later_is_the_dialogues(care: World) -> None:
    chat = await closed(care)
    assert texts_of(await chat.say("grazie")) == ["echo: grazie"]
    assert texts_of(await chat.say("5")) == ["echo: 5"]
    assert rating(care) is None
    # The buttons are there still.
    await press(chat, words("care_score_2"))
    assert rating(care) == 2


async def test_where_nobody_asked_for_a_score_a_number_is_the_dialogues(care: World) -> None:
    fresh = await care.open()
    assert texts_of(await fresh.say("5")) == ["echo: 5"]
    back, handover = await owned(care)
    await handovers(care).hand_back(handover, GIULIA)
    await back.quiet()
    assert texts_of(await back.say("5")) == ["echo: 5"]
    left, _ = await in_queue(care)
    await press(left, "Torna all'assistente")
    assert texts_of(await left.say("5")) == ["echo: 5"]
    assert [row.rating for row in care.rows(Handover.__table__)] == [None, None]


async def test_a_number_written_before_the_good_bye_answered_the_agent(care: World) -> None:
    chat, handover = await owned(care)
    await chat.say("5")
    await handovers(care).close(handover, GIULIA, "solved")
    await chat.quiet()
    assert rating(care) is None
    assert texts_of(await chat.say("4")) == [words("care_rated")]


async def test_an_old_good_bye_is_not_rated_by_a_number(care: World) -> None:
    chat = await closed(care)
    database = care.app.state.gateway.database
    hours = care.settings.button_hours

    def age(session: Session) -> None:
        row = session.get_one(Handover, 1)
        session.execute(update(Handover).values(ended_at=row.ended_at - timedelta(hours=hours + 1)))

    await database.write(age)
    assert texts_of(await chat.say("5")) == ["echo: 5"]
