"""A new e-mail or mobile number in a form: the code that proves it. The code itself never comes here."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from bot.actions.backend_client import Json, Refused
from bot.actions.turn import Reply, Turn, payload

type Events = list[object]


async def ask_code(turn: Turn, draft: Json, other: Json | None) -> None:
    """Have the code sent unless one is open, and say where it went; `other` is a button for another address."""
    try:
        code = await turn.backend.send_contact_code(turn.conversation_id, draft["draft_id"])
    except Refused as refused:
        if refused.code != "too_many_attempts":
            raise
        say_paused(turn, refused.detail)
        return
    say_code_sent(turn, code["contact"], code["masked"], sent=code["sent"], other=other)


def say_code_sent(
    turn: Turn, contact: str, masked: str, *, sent: bool = True, other: Json | None = None
) -> None:
    """Where the code is; the gateway is told that a code may be typed from now on."""
    turn.say(
        f"contact_code_{'sent' if sent else 'open'}_{contact}",
        address=masked,
        buttons=[
            turn.button("button_code_again", "/resend_code"),
            *([other] if other else []),
            turn.button("button_stop", "/stop"),
        ],
        custom={"transition": "code_pending"},
    )


def say_paused(turn: Turn, detail: Json) -> None:
    """Too many codes or wrong tries: when it goes on, and that nothing is lost."""
    minutes = max(1, -(-int(detail.get("retry_after") or 60) // 60))
    turn.say("contact_code_paused", minutes=minutes, buttons=[turn.button("button_stop", "/stop")])


def tell_proven(turn: Turn, contact: str) -> Events:
    """The gateway had the code checked, and it was right; an open form goes on by itself."""
    if turn.tracker.active_loop.get("name"):
        turn.say(f"contact_proven_{contact}")
        return []
    turn.say(f"contact_proven_{contact}", buttons=[turn.button("button_resume", payload("resume_draft"))])
    return []


async def leave_code(turn: Turn) -> None:
    """The form waits for a code no longer: what was sent is withdrawn, and the gateway (nobody else) told."""
    await turn.backend.withdraw_contact_code(turn.conversation_id)
    turn.dispatcher.utter_message(json_message={"transition": "logged_in"})


def said_about_code(turn: Turn) -> Events:
    """What was just said of the code stands for the form's question: it is not asked once more."""
    return [SlotSet("asked_already", True)] if turn.tracker.active_loop.get("name") else []


def waits_for_code(turn: Turn) -> bool:
    """Whether the form's open question is a code."""
    question = str(turn.slot("draft_question", "")).partition(":")[0]
    return bool(turn.tracker.active_loop.get("name")) and question.endswith("_code")


def proven_answer(draft: Json) -> Json | None:
    """The e-mail or number that the open code question is about."""
    proves = draft["next"]["rules"].get("proves")
    return next((answer for answer in draft["answers"] if answer["question"] == proves), None)


async def take_other_address(turn: Turn, draft: Json, reply: Reply) -> bool:
    """Another address typed in place of the code is a correction; False where there is none or it is refused."""
    answer = proven_answer(draft)
    said = reply.entity(answer["kind"]) if answer else None
    if answer is None or not said:
        return False
    try:
        await turn.backend.answer_question(
            turn.conversation_id,
            draft["draft_id"],
            answer["question"],
            said,
            item=answer["item"],
            source="customer",
        )
    except Refused as refused:
        if refused.code.startswith(("login", "not_found")):
            raise
        return False
    return True


def said_contact(reply: Reply, words: dict[str, list[str]], said: str) -> Json:
    """What a wish to change contact data says already: the new values, or at least which of the two."""
    given = {c: reply.entity(c) for c in ("email", "phone") if reply.entity(c)}
    if given:
        contact = "both" if len(given) == 2 else next(iter(given))
        return {"contact": contact, **{f"new_{name}": value for name, value in given.items()}}
    named = [contact for contact, names in words.items() if any(f" {name}" in f" {said}" for name in names)]
    return {"contact": named[0]} if len(named) == 1 else {}
