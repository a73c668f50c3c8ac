from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.speech.normalise.text import normalise

ENGLISH = [
    # whole numbers, decimals, ordinals
    ("0", "zero"),
    ("12", "twelve"),
    ("100", "one hundred"),
    ("1,234,567", "one million two hundred thirty-four thousand five hundred sixty-seven"),
    ("1,000,000,000", "one billion"),
    ("3.14", "three point one four"),
    ("0.5 and .5", "zero point five and point five"),
    ("It is -5 outside", "It is minus five outside"),
    ("9-5", "nine to five"),
    ("version 1.2.3", "version one point two point three"),
    ("the 1st, 2nd, 3rd and 21st", "the first, second, third and twenty-first"),
    ("the 112th", "the one hundred twelfth"),
    ("the 30th", "the thirtieth"),
    ("½ and 2½", "one half and two and one half"),
    ("1/2 or 3/4", "one half or three quarters"),
    ("24/7", "twenty-four seven"),
    ("٣ apples", "three apples"),
    # years
    ("in 1998", "in nineteen ninety-eight"),
    ("in 1905", "in nineteen oh five"),
    ("in 1900", "in nineteen hundred"),
    ("in 2005", "in two thousand five"),
    ("in 2026", "in twenty twenty-six"),
    ("the 1990s and the 80s", "the nineteen nineties and the eighties"),
    # money
    ("$1,234.50", "one thousand two hundred thirty-four dollars and fifty cents"),
    ("$1", "one dollar"),
    ("$0.99", "ninety-nine cents"),
    ("$0", "zero dollars"),
    ("$1.01", "one dollar and one cent"),
    ("-$5", "minus five dollars"),
    ("£20.01", "twenty pounds and one penny"),
    ("€1.50", "one euro and fifty cents"),
    ("20€", "twenty euros"),
    ("20 USD", "twenty dollars"),
    ("$5 million", "five million dollars"),
    ("$1.5M", "one point five million dollars"),
    ("50¢", "fifty cents"),
    # per cent and units
    ("12.5%", "twelve point five percent"),
    ("20°C", "twenty degrees Celsius"),
    ("-5 °F", "minus five degrees Fahrenheit"),
    ("1 kg and 5 km", "one kilogram and five kilometers"),
    ("100km/h", "one hundred kilometers per hour"),
    ("10 lbs", "ten pounds"),
    # dates
    ("2026-04-15", "April fifteenth, twenty twenty-six"),
    ("4/15/2026", "April fifteenth, twenty twenty-six"),
    ("15/4/2026", "April fifteenth, twenty twenty-six"),
    ("04/05/26", "April fifth, twenty twenty-six"),
    ("15.4.2026", "April fifteenth, twenty twenty-six"),
    ("on 4/15", "on April fifteenth"),
    ("April 15th", "April fifteenth"),
    ("April 15, 2026", "April fifteenth, twenty twenty-six"),
    ("Tuesday, April 15th", "Tuesday, April fifteenth"),
    ("Tue, Apr 15", "Tuesday, April fifteenth"),
    ("the 3rd of May", "the third of May"),
    ("15 April 2026", "the fifteenth of April, twenty twenty-six"),
    ("You may 5 times", "You may five times"),
    ("2026-04-15T15:30", "April fifteenth, twenty twenty-six three thirty P M"),
    ("2026-13-45", "two zero two six, one three, four five"),
    ("February 30", "February thirty"),
    # times
    ("3:15 PM", "three fifteen P M"),
    ("15:30", "three thirty P M"),
    ("00:05", "twelve oh five A M"),
    ("9:00", "nine o'clock"),
    ("9:05 a.m.", "nine oh five A M."),
    ("at 3 p.m. please", "at three P M please"),
    ("at 3 p.m. Please", "at three P M. Please"),
    ("9am-5pm", "nine A M to five P M"),
    ("9:00-17:00", "nine o'clock to five P M"),
    # telephone numbers
    ("+14155550132", "plus one, four one five, five five five, zero one three two"),
    ("+44 20 7946 0958", "plus four four, two zero, seven nine four six, zero nine five eight"),
    ("(415) 555-0132", "four one five, five five five, zero one three two"),
    ("415.555.0132", "four one five, five five five, zero one three two"),
    ("1-800-555-0199", "one, eight zero zero, five five five, zero one nine nine"),
    ("4155550132", "four one five, five five five, zero one three two"),
    ("555-0132", "five five five, zero one three two"),
    # codes
    ("code AB12C", "code A B one two C"),
    ("code 482913", "code four eight two nine one three"),
    ("pin 0420", "pin zero four two zero"),
    ("ticket A7X-9921", "ticket A seven X, nine nine two one"),
    ("123-45-6789", "one two three, four five, six seven eight nine"),
    ("4111 1111 1111 1111", "four one one one, one one one one, one one one one, one one one one"),
    ("Gate12", "Gate twelve"),
    ("COVID-19", "COVID nineteen"),
    # abbreviations and marks
    ("Dr. Smith", "Doctor Smith"),
    ("12 Oak Dr.", "twelve Oak Drive."),
    ("St. Mary", "Saint Mary"),
    ("5 Main St., please", "five Main Street, please"),
    ("Mr. & Mrs. Jones", "Mister and Missis Jones"),
    ("5th Ave.", "fifth Avenue."),
    ("No. 5 or #7", "number five or number seven"),
    ("e.g. this", "for example this"),
    ("press # or *", "press pound or star"),
    ("A & B @ home", "A and B at home"),
    ("yes — no", "yes, no"),
    ("don\u2019t", "don't"),
    ("at St. James St. today", "at Saint James Street today"),
    ("Acct# 12345", "Acct number one two three four five"),
    ("555-0100 x204", "five five five, zero one zero zero, extension two hundred four"),
    # sums in words
    ("$.50", "fifty cents"),
    ("$20-$30", "twenty to thirty dollars"),
    ("£20-30", "twenty to thirty pounds"),
    ("$5/month", "five dollars per month"),
    ("$9.99/mo", "nine dollars and ninety-nine cents per month"),
    # service numbers
    ("Hang up and dial 911.", "Hang up and dial nine one one."),
    ("Call 311, not 411 Oak Rd.", "Call three one one, not four hundred eleven Oak Road."),
    ("a 10k run, a 401k", "a ten K run, a four zero one K"),
    ("at 15:30:00Z", "at three thirty P M UTC"),
    # addresses
    ("jane.doe7@example.com", "jane dot doe seven at example dot com"),
    ("https://www.example.com/a-b.", "w w w dot example dot com slash a dash b."),
    ("see example.com", "see example dot com"),
]


@pytest.mark.parametrize(("text", "words"), ENGLISH, ids=[text for text, _ in ENGLISH])
def test_english(text: str, words: str) -> None:
    assert normalise(text, "en-US") == words


@pytest.mark.parametrize(("text", "words"), ENGLISH, ids=[text for text, _ in ENGLISH])
def test_english_words_stay_as_they_are(text: str, words: str) -> None:
    del text
    assert normalise(words, "en-US") == words


def test_a_plain_sentence_is_left_alone() -> None:
    text = "Hello Maria, this is Northside Dental. We'd like to see you soon, wouldn't we?"
    assert normalise(text, "en-US") == text


@pytest.mark.parametrize("language", ["en-GB", "en-AU", "en_GB"])
def test_outside_america_the_day_comes_first(language: str) -> None:
    assert normalise("4/5/2026", language) == "May fourth, twenty twenty-six"
    assert normalise("press #", language) == "press hash"


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("de-DE", "3 Termine, 1.234 Euro", "drei Termine, eintausendzweihundertvierunddreißig Euro"),
        ("de", "3,5", "drei Komma fünf"),
        ("de-DE", "Code 12345", "Code eins zwei drei vier fünf"),
        ("de-DE", "007", "null null sieben"),
        ("es-ES", "21", "veintiuno"),
        ("fr-FR", "80", "quatre-vingts"),
        ("pt-BR", "22", "vinte e dois"),
        ("nb-NO", "5", "fem"),
        # languages whose numbers are unknown keep their digits: the engine may know them
        ("zh-CN", "5", "5"),
        ("xx", "5 007", "5 007"),
        # money and percentages
        ("es-US", "Debe $1,234.50", "Debe mil doscientos treinta y cuatro dólares con cincuenta"),
        ("es-ES", "1.234,50 € y 21 €", "mil doscientos treinta y cuatro euros con cincuenta y veintiún euros"),
        ("es-MX", "3.5 %", "tres punto cinco por ciento"),
        ("fr-FR", "12,50 €", "douze euros cinquante"),
        ("de-DE", "1 €, 100%", "ein Euro, einhundert Prozent"),
        ("it-IT", "$1", "un dollaro"),
        ("pt-BR", "R$ 2,10", "dois reais e dez"),
        # dates and times
        ("es-ES", "el 15/4/2026 a las 15:30", "el quince de abril de dos mil veintiséis a las quince treinta"),
        ("es-US", "4/15/2026", "quince de abril de dos mil veintiséis"),
        ("es-ES", "2026-04-15", "quince de abril de dos mil veintiséis"),
        ("fr-FR", "le 1/5/2026 à 14h30", "le premier mai deux mille vingt-six à quatorze heures trente"),
        ("de-DE", "am 15.4.2026 um 15:00 Uhr", "am fünfzehnten April zweitausendsechsundzwanzig um fünfzehn Uhr"),
        ("it-IT", "alle 9:05pm", "alle nove e cinque pm"),
        ("es-ES", "31/2/2026 o 25:99", "31/2/2026 o 25:99"),
        # telephone numbers
        ("es-US", "Llame al 1-800-555-0199.", "Llame al uno, ocho cero cero, cinco cinco cinco, cero uno nueve nueve."),
        ("de-DE", "+49 30 1234567", "plus vier neun, drei null, eins zwei drei vier fünf sechs sieben"),
        # a language without these words leaves them to the engine
        ("pl-PL", "15:30 15/4/2026 3", "15:30 15/4/2026 trzy"),
        # what looks like no number of the language stays
        ("de-DE", "1.2.3", "1.2.3"),
    ],
)
def test_other_languages(language: str, text: str, words: str) -> None:
    assert normalise(text, language) == words


#: Bits that the rules look for, so that random texts meet them.
_BITS = st.sampled_from(
    ["$", "€", "1", "2026", "12:30", "pm", "p.m.", "-", "/", "4/15", ".", ",", " ", "St.", "Dr.", "Mr.", "%", "°C", "°",
     "km", "Apr", "May ", "th", "st", "@", "example.com", "https://", "+1415", "(415) ", "555-0132", "No.", "#", "*",
     "&", "A", "b", "½", "²", "\u0301", "\n", "\u2013", "'", "e.g.", "k", "USD", "00", "s", "T", ":", "x1", "Sat", "…",
     "911", "call ", "/mo", "Z", "x2", "10k", "St. ",
     "٣", "①"]
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=60), st.lists(_BITS, max_size=12).map("".join))


@settings(max_examples=400, deadline=None)
@given(_TEXTS)
def test_english_holds_no_digits_and_is_settled(text: str) -> None:
    words = normalise(text, "en-US")
    assert not any(character.isdigit() for character in words)
    assert normalise(words, "en-US") == words


@settings(max_examples=150, deadline=None)
@given(
    _TEXTS, st.sampled_from(["de-DE", "es-ES", "fr-FR", "it-IT", "pl-PL", "ar", "zh-CN", "cy", "tr-TR", "hy", "", "x-"])
)
def test_no_language_raises(text: str, language: str) -> None:
    normalise(text, language)
