"""Every number that the detector of answering machines decides by, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Times in seconds, frequencies in Hz.

    Those of a score and of pauses were chosen on the training half of ``./run bench amd``, each of its speakers judged
    by a score that was learned from the others.
    """

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
    #: Scores (``score.py``) are log odds, about: machines are above 0. Without a pause it must be as high as this.
    machine_at_once: float = 12.3
    #: A greeting so long, from the first word to the last, of which so much is loud speech, needs this score only:
    #: machines read without a break, what people hear around them does not.
    machine_greeting: float = 4.85
    machine_filled: float = 0.2
    machine_when_long: float = 2.7
    #: A person is told by a score this low at the shortest pause after the last word, and by one this low at the
    #: longest; between them the limit rises evenly. At the longest a machine is told by a score above its own limit,
    #: and between the two nobody knows.
    person_at_once: float = -4.1
    person_at_last: float = 0.2
    machine_at_last: float = 3.45
    #: Where softer voices or noise fill the pause of the loudest one: a person by a score this low, and by this one
    #: after the longest of such pauses.
    person_in_noise: float = -3.7
    person_in_noise_at_last: float = -1.5
    pause_after_short: float = 0.66
    pause_after_long: float = 1.66
    longest_pause: float = 1.75
    longest_pause_in_noise: float = 1.9
    #: A greeting below this, from the first word to the last, is a short one.
    short_greeting: float = 1.9
    #: So long a greeting is worth a look at its words.
    ask_words: float = 2.2
    #: Likewise at a verdict on a person, or on nobody knows whom, by a score as high as this: a hello is believed.
    ask_words_of_person: float = 0.95
    words_doubt: float = -3.3
    #: Unless no more than so much was said since they were asked for.
    words_new: float = 0.3
    #: Who speaks on after it: so much and a pause, or so much without one. So many questions in a call at most.
    words_more: float = 1.2
    words_pause: float = 0.35
    words_on: float = 2.5
    words_most_often: int = 4
    #: For so long after a verdict on a person a beep or words take it back.
    second_thoughts: float = 8.0
    #: Whose words are those of a person at work is one after this pause, and a machine when it goes on so long.
    pause_at_work: float = 1.3
    business_greeting: float = 8.0
    #: No verdict after this: not sure.
    give_up: float = 10.0
    #: A machine's greeting has ended after so long a pause, unless it goes on. Beeps come within a second or two of
    #: the last word; what is said before one is lost.
    greeting_pause: float = 2.5

    #: What one tone must hold of a window's energy to be a candidate, and of the whole tone's energy to be believed.
    tone_purity: float = 0.90
    tone_verified: float = 0.85
    #: How far the frequency may wander from one window to the next.
    tone_wander: float = 25.0
    #: Full scale is 0 dB; a softer tone is not one.
    tone_loudness_dbfs: float = -45.0
    beep_lowest: float = 380.0
    beep_highest: float = 2300.0
    beep_shortest: float = 0.17
    #: Longer tones are dial tones and ringing tones.
    beep_longest: float = 1.5
    #: Pieces of a fax's tone are counted together: frames that are late or lost cut it, and a modern fax turns it.
    fax_piece_shortest: float = 0.06
    #: A piece of the calling tone, too short for the whole: until the next one may come (T.30: 3 s) it is no beep.
    fax_calling_again: float = 3.6
    #: What the network takes for speech in a tone that is cut.
    fax_longest_blip: float = 0.3
    #: ITU-T T.30, 4.3.3.1: the called fax answers with 2100 Hz ± 15 Hz for 2.6 to 4 s.
    fax_called: float = 2100.0
    fax_called_shortest: float = 0.35
    #: ITU-T T.30, 4.3.3.2: a calling fax sends 1100 Hz ± 38 Hz for 0.5 s ± 15 %, then pauses for 3 s.
    fax_calling: float = 1100.0
    fax_calling_shortest: float = 0.40
    fax_calling_longest: float = 0.60
    fax_tolerance: float = 30.0
