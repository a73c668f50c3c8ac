from __future__ import annotations

from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.dictation import AGAIN, KEEP, dictation_flow
from callwright.flows.machine import Phase
from callwright.flows.sounds import played
from support.flows import Telephone

FLOW = dictation_flow("aud_1")
QUESTION = f"To keep it, press {KEEP}. To record it again, press {AGAIN}."


def recorded() -> Telephone:
    """Somebody who has spoken and is asked what to do with it."""
    telephone = Telephone(FLOW)
    telephone.answer()
    speak(telephone)
    return telephone


def speak(telephone: Telephone) -> None:
    while telephone.state.phase is not Phase.RECORDING:
        telephone.played()
    telephone.send(e.Recorded(recording_id="rec_1", seconds=3.0))
    while QUESTION not in telephone.said[-1:]:
        telephone.played()
    telephone.played()


def test_the_recording_is_what_the_audio_is_made_of() -> None:
    assert list(played(FLOW)) == [("steps.play.audio", "aud_1")]


def test_speak_hear_keep() -> None:
    telephone = recorded()
    assert telephone.said[1:] == ["This is your message.", "aud_1", QUESTION]
    telephone.press(KEEP)
    assert telephone.said[-1] == "Your message is saved. Goodbye."
    assert telephone.played()[-1] == c.Hangup()


def test_record_it_again() -> None:
    telephone = recorded()
    telephone.press(AGAIN)
    speak(telephone)
    records = [command for command in telephone.commands if isinstance(command, c.Record)]
    assert len({record.name for record in records}) == 2
    telephone.press(KEEP)
    assert telephone.said[-1] == "Your message is saved. Goodbye."


def test_who_presses_nothing_keeps_nothing() -> None:
    telephone = recorded()
    for _ in range(2):
        telephone.elapse()
        telephone.played()
    telephone.elapse()
    assert telephone.said[-1] == "Your message is not saved. Goodbye."
