"""Every field of a dialect's document is proved by a test, and the pages say by which."""

import pytest

from support.proofs import PAGES, Document, documents

ALL = list(documents())


@pytest.mark.parametrize("document", ALL, ids=[document.dialect for document in ALL])
def test_every_field_is_proved_and_every_proof_is_of_a_field(document: Document) -> None:
    assert [name for name in document.names if name not in document.proofs] == []
    assert sorted(set(document.proofs) - set(document.names)) == []


@pytest.mark.parametrize("document", ALL, ids=[document.dialect for document in ALL])
def test_the_page_is_current(document: Document) -> None:
    page = PAGES / f"{document.dialect}.md"
    assert page.exists(), "run scripts/dialect-tables"
    assert page.read_text() == document.page(), "run scripts/dialect-tables"
