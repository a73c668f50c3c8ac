from __future__ import annotations

import pytest

from callwright.speech.tts.shipped import shipped_voices
from callwright.speech.tts.voices import UnknownVoice, VoiceCatalogue


@pytest.fixture(scope="module")
def catalogue() -> VoiceCatalogue:
    return VoiceCatalogue(shipped_voices())


@pytest.mark.parametrize(
    ("name", "language", "gender", "voice", "exact"),
    [
        # nothing asked: American, a woman
        (None, None, None, "pico-en-US-f", True),
        ("", None, None, "pico-en-US-f", True),
        (None, "de", None, "pico-de-DE-f", True),
        (None, "de-AT", None, "pico-de-DE-f", False),
        (None, "en", None, "pico-en-US-f", True),
        (None, "pl", None, "espeak-pl-PL-f", True),
        (None, "pl", "male", "espeak-pl-PL-m", True),
        # names as other systems write them
        ("en-US-Neural-F", None, None, "pico-en-US-f", True),
        ("EN_us_neural_f", None, None, "pico-en-US-f", True),
        ("en-US-Neural-M", None, None, "espeak-en-US-m", True),
        ("en-US-Wavenet-A", None, None, "espeak-en-US-m", True),
        ("en-US-Wavenet-C", None, None, "pico-en-US-f", True),
        ("en-GB-Wavenet-A", None, None, "pico-en-GB-f", True),
        ("en-US-Chirp3-HD-F", None, None, "pico-en-US-f", True),
        ("en-US-F", None, None, "pico-en-US-f", True),
        ("en-US", None, None, "pico-en-US-f", True),
        ("en-GB-Standard-M", None, None, "espeak-en-GB-m", True),
        ("de", None, None, "pico-de-DE-f", True),
        ("de-DE-Standard-B", None, None, "espeak-de-DE-m", True),
        ("zh-Hans-CN", None, None, "espeak-zh-CN-f", True),
        ("es-419", None, None, "espeak-es-419-f", True),
        ("female", None, None, "pico-en-US-f", True),
        ("male", "fr", None, "espeak-fr-FR-m", True),
        # ids
        ("pico-en-US-f", None, None, "pico-en-US-f", True),
        ("espeak-en-us-F", None, None, "espeak-en-US-f", True),
        ("espeak-en-US-f", "en-GB", None, "espeak-en-US-f", True),
        # another region before another gender
        ("en-AU-Neural-F", None, None, "pico-en-US-f", False),
        ("en-AU-Neural-M", None, None, "espeak-en-US-m", False),
        ("es-MX-Standard-A", None, None, "pico-es-ES-f", False),
        ("pt-AO", None, None, "espeak-pt-BR-f", False),
        ("no", None, None, "espeak-nb-NO-f", True),
        # the language of the text decides over the voice's, the gender stays
        ("en-US-Neural-M", "es-ES", None, "espeak-es-ES-m", True),
        ("pico-en-US-f", "it", None, "pico-it-IT-f", True),
        ("en-US-Neural-F", "en-GB", None, "pico-en-US-f", True),
        # a wish for the gender decides over the name's
        ("en-US-Neural-F", None, "male", "espeak-en-US-m", True),
    ],
)
def test_resolution(
    catalogue: VoiceCatalogue,
    name: str | None,
    language: str | None,
    gender: str | None,
    voice: str,
    exact: bool,
) -> None:
    resolved = catalogue.resolve(name, language=language, gender=gender)
    assert (resolved.voice.id, resolved.exact, resolved.asked) == (voice, exact, name)


@pytest.mark.parametrize(
    ("name", "language", "reading"),
    [
        (None, None, "en-US"),
        ("de", None, "de-DE"),
        # no voice is of these regions, but their dates and decimals are written their way
        ("en-AU-Neural-F", None, "en-AU"),
        (None, "es_MX", "es-MX"),
        # an American voice reads a British text
        ("en-US-Neural-F", "en-GB", "en-GB"),
        ("pico-en-US-f", "en-GB", "en-GB"),
        ("en-GB-Neural-F", "en", "en-GB"),
        ("en-US-Neural-F", "es", "es-ES"),
        (None, "no", "nb-NO"),
    ],
)
def test_a_text_is_read_by_the_habits_of_its_region(
    catalogue: VoiceCatalogue, name: str | None, language: str | None, reading: str
) -> None:
    assert catalogue.resolve(name, language=language).reading == reading


@pytest.mark.parametrize("name", ["Joanna", "en-US-Nonsense-F", "en-US-F-F", "123", "x-y-z", "-", "en-US-Neural-Z"])
def test_a_name_that_cannot_be_read_is_refused_by_name(catalogue: VoiceCatalogue, name: str) -> None:
    with pytest.raises(UnknownVoice) as raised:
        catalogue.resolve(name)
    assert f"'{name}'" in str(raised.value)
    assert "en-US-Neural-F" in str(raised.value)
    assert raised.value.status == 400


def test_a_language_that_nobody_speaks_is_refused(catalogue: VoiceCatalogue) -> None:
    with pytest.raises(UnknownVoice, match="'tlh'"):
        catalogue.resolve(None, language="tlh")
    with pytest.raises(UnknownVoice, match="'xx-YY'"):
        catalogue.resolve("xx-YY-Neural-F")


def test_the_message_does_not_repeat_a_novel(catalogue: VoiceCatalogue) -> None:
    with pytest.raises(UnknownVoice) as raised:
        catalogue.resolve("n" * 10_000)
    assert len(str(raised.value)) < 300


def test_what_is_resolved_twice_is_the_same(catalogue: VoiceCatalogue) -> None:
    assert catalogue.resolve("en-GB-F") is catalogue.resolve("en-GB-F")


def test_languages_are_sorted_and_each_has_a_voice(catalogue: VoiceCatalogue) -> None:
    languages = catalogue.languages()
    assert list(languages) == sorted(set(languages))
    assert len(languages) > 100
    assert all(catalogue.resolve(None, language=language).exact for language in languages)


def test_ids_are_unique_and_resolve_to_themselves(catalogue: VoiceCatalogue) -> None:
    ids = [voice.id for voice in catalogue.voices()]
    assert len(ids) == len(set(ids))
    assert [catalogue.resolve(id_).voice.id for id_ in ids] == ids
