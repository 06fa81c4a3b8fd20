"""What is said to somebody who was not understood."""

from bot.actions.conversation import ActionFallback


def english(confidence):
    return {"name": "other", "confidence": confidence, "script": "Latn", "words": 0}


def test_who_writes_another_language_is_offered_ours(bench):
    said = bench.run(ActionFallback, "what time is my bus", "nlu_fallback", language=english(0.99))
    assert "no English" in said.text
    assert [p for p in said.buttons.values() if not p.startswith("/change_language")] == []
    assert len(said.buttons) == 4


def test_who_may_write_ours_is_asked_to_rephrase(bench):
    said = bench.run(ActionFallback, "bus?", "nlu_fallback", language=english(0.6))
    assert "no English" not in said.text and said.slots["misunderstood"] == 1
