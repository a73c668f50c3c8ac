"""The numbers by which Kokoro-82M knows marks and sounds (``vocab`` of the model's configuration, Apache-2.0)."""

from __future__ import annotations

#: Runs of symbols whose numbers follow each other: first number → symbols.
# ruff: noqa: RUF001  (letters of the phonetic alphabet are meant, not their Latin doubles)
_RUNS = {
    1: ";:,.!?", 9: "—…\"()“”", 16: " \u0303ʣʥʦʨᵝꭧAI", 31: "O", 33: "Q", 35: "ST", 39: "W", 41: "Yᵊabcdef",
    50: "hijklmnopqrstuvwxyzɑɐɒæ", 75: "βɔɕç", 80: "ɖðʤə", 85: "ɚɛɜ", 90: "ɟ", 92: "ɡ", 99: "ɥ", 101: "ɨɪʝ",
    110: "ɯɰŋɳɲɴø", 118: "ɸθœ", 123: "ɹ", 125: "ɾɻ", 128: "ʁɽʂʃʈʧ", 135: "ʊʋ", 138: "ʌɣɤ", 142: "χʎ", 147: "ʒʔ",
    156: "ˈˌː", 162: "ʰ", 164: "ʲ", 169: "↓", 171: "→↗↘", 177: "ᵻ",
}  # fmt: skip

SYMBOLS = {symbol: first + index for first, run in _RUNS.items() for index, symbol in enumerate(run)}
