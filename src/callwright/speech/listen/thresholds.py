"""Every number that the detector of answering machines decides by, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Times in seconds, frequencies in Hz. The defaults were chosen by ``./run bench amd`` on its training half."""

    #: Probability of speech at which a stretch of speech begins, and below which it ends.
    speech_on: float = 0.5
    speech_off: float = 0.35
    #: Shorter stretches are clicks and coughs.
    shortest_speech: float = 0.12
    #: Speech that is softer by so many dB than the loudest so far is not who answered: other voices, or our own echo.
    background: float = 12.0

    #: Without any speech for so long after the answer it is on us to speak.
    initial_quiet: float = 1.5
    #: Without any speech for so long after the answer: silence.
    initial_silence: float = 4.0
    #: From the first word to the last: so long a greeting is a machine's.
    machine_greeting: float = 4.5
    #: Of which so much is loud speech: machines read without a break, what people hear around them does not.
    machine_filled: float = 0.45
    #: From the first word to the last: so long a greeting is worth a look at its words.
    ask_words: float = 2.2
    #: Likewise a machine's, when its words were those of a person at work, or when it has many holes.
    business_greeting: float = 8.0
    #: A greeting below this is a person's as soon as the shorter pause follows; a longer one needs the longer pause.
    short_greeting: float = 1.4
    pause_after_short: float = 0.8
    pause_after_long: float = 1.3
    #: No verdict after this: not sure.
    give_up: float = 10.0
    #: A machine's greeting has ended after so long a pause, unless it goes on. Beeps come within a second or two of
    #: the last word; what is said before one is lost.
    greeting_pause: float = 2.5

    #: What one tone must hold of a window's energy to be a candidate, and of the whole tone's energy to be believed.
    tone_purity: float = 0.90
    tone_verified: float = 0.75
    #: How far the frequency may wander from one window to the next.
    tone_wander: float = 25.0
    #: Full scale is 0 dB; a softer tone is not one.
    tone_loudness_dbfs: float = -45.0
    beep_lowest: float = 380.0
    beep_highest: float = 2300.0
    beep_shortest: float = 0.17
    #: Longer tones are dial tones and ringing tones.
    beep_longest: float = 1.5
    #: ITU-T T.30, 4.3.3.1: the called fax answers with 2100 Hz ± 15 Hz for 2.6 to 4 s.
    fax_called: float = 2100.0
    fax_called_shortest: float = 0.35
    #: ITU-T T.30, 4.3.3.2: a calling fax sends 1100 Hz ± 38 Hz for 0.5 s ± 15 %, then pauses for 3 s.
    fax_calling: float = 1100.0
    fax_calling_shortest: float = 0.40
    fax_calling_longest: float = 0.60
    fax_tolerance: float = 30.0
