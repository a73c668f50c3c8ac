import pytest

from callwright.messages.answers import LANGUAGES, answer
from callwright.rules.revocation import revocation_of
from callwright.rules.sms_segments import segment

KINDS = ("stop", "start", "help")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "hi"])
def test_an_answer_is_one_part_however_long_the_name(kind, language):
    cut = segment(answer(kind, name="N" * 90, language=language), shifts=())
    assert (cut.count, cut.alphabet.name) == (1, "gsm7")


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_who_writes_in_the_persons_language(kind):
    texts = {answer(kind, name="ACME", language=language) for language in LANGUAGES}
    assert len(texts) == len(LANGUAGES)
    assert all("ACME" in text for text in texts)
    assert answer(kind, name="ACME", language="de-AT") == answer(kind, name="ACME", language="de")
    assert answer(kind, name="ACME", language="xx") == answer(kind, name="ACME", language=None)


def test_the_words_that_it_names_are_understood():
    for word, meaning in (("STOP", "revoke"), ("START", "start"), ("HELP", "help")):
        found = revocation_of(word)
        assert found is not None
        assert found.meaning == meaning
