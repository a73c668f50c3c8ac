"""Asterisk's own detector of answering machines, ``app_amd``: for where ours does not run, and to compare with it."""

from __future__ import annotations

from typing import Final

#: ``amd.conf`` with the values that Asterisk 22 comes with.
CONFIGURATION: Final = (
    "[general]\ntotal_analysis_time = 5000\nsilence_threshold = 256\ninitial_silence = 2500\n"
    "after_greeting_silence = 800\ngreeting = 1500\nmin_word_length = 100\nmaximum_word_length = 5000\n"
    "between_words_silence = 50\nmaximum_number_of_words = 2\n"
)
