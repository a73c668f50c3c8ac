"""HTML with placeholders: where a value may stand, and what becomes of it there."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.mail.markup import MarkupError, read_markup


def filled(source: str, **variables: str) -> str:
    return read_markup(source).fill(variables)


def test_values_in_text_are_escaped() -> None:
    assert "<p>Hi &lt;b&gt;Ann&lt;/b&gt; &amp; co</p>" in filled("<p>Hi {NAME}</p>", NAME="<b>Ann</b> & co")


def test_every_form_of_placeholder_is_filled_and_names_are_told() -> None:
    markup = read_markup("<p>{A} {{b}} #C#</p>")
    assert markup.names == {"A", "b", "C"}
    assert "<p>1 2 3</p>" in markup.fill({"a": "1", "B": "2", "C": "3"})


def test_a_value_cannot_leave_its_attribute() -> None:
    assert 'title="&quot; onclick=&quot;x"' in filled("<p title={T}>x</p>", T='" onclick="x')


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "x", "//evil.example"]
)
def test_an_address_that_is_none_leads_nowhere(address: str) -> None:
    assert 'href="#"' in filled('<a href="{URL}">x</a>', URL=address)


def test_a_whole_address_keeps_its_parts() -> None:
    address = "https://example.com/a b?x=1&y=ü#top"
    assert 'href="https://example.com/a%20b?x=1&amp;y=%C3%BC#top"' in filled('<a href="{U}">x</a>', U=address)


def test_a_part_of_an_address_stays_one() -> None:
    made = filled('<a href="https://example.com/{A}?b={B}">x</a>', A="../x?y=1", B="1&admin=1")
    assert 'href="https://example.com/..%2Fx%3Fy%3D1?b=1%26admin%3D1"' in made


def test_a_host_cannot_be_taken_over() -> None:
    assert "https://example.com%40evil.example" in filled('<a href="https://example.com{A}">x</a>', A="@evil.example")


def test_a_mail_address_keeps_its_sign() -> None:
    assert 'href="mailto:a@b.example%3Fbcc%3Dx"' in filled('<a href="mailto:{E}">x</a>', E="a@b.example?bcc=x")


@pytest.mark.parametrize(
    "source",
    [
        "<style>p{color:{X}}</style><p>x</p>",
        "<STYLE>a{b:#X#}</STYLE>",
        '<p style="color:{X}">x</p>',
        "<script>{X}</script>",
        '<p onclick="f({X})">x</p>',
        "<p {X}=1>x</p>",
        "<{X}>x",
        "<noscript>{X}</noscript>",
        '<iframe srcdoc="{X}"></iframe>',
    ],
)
def test_places_in_which_no_value_is_harmless_are_refused(source: str) -> None:
    with pytest.raises(MarkupError):
        read_markup(source)


def test_styles_go_into_the_elements_and_media_rules_stay() -> None:
    made = filled("<style>p{color:red}@media (max-width:600px){p{color:blue!important}}</style><p>x</p>")
    assert '<p style="color: red;">x</p>' in made
    assert "@media (max-width:600px)" in made


def test_comments_of_outlook_are_filled_without_ending_early() -> None:
    made = filled('<p>x</p><!--[if mso]><a href="{U}">{N}</a><![endif]-->', U="javascript:x", N="--><b>")
    assert '<!--[if mso]><a href="#">&#45;&#45;&gt;&lt;b&gt;</a><![endif]-->' in made


def test_nothing_is_fetched() -> None:
    made = filled('<link rel="stylesheet" href="http://127.0.0.1:1/x.css"><p>x</p>')
    assert "<p>x</p>" in made


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))


def tags(source: str) -> list[tuple[str, tuple[str, ...]]]:
    reader = _Tags()
    reader.feed(source)
    reader.close()
    return reader.seen


@given(st.text())
def test_no_value_adds_an_element_or_an_attribute(value: str) -> None:
    markup = read_markup(
        '<title>{V}</title><p title="{V}">{V}<a href="{V}">x</a><img alt=\'{V}\' src="https://a/{V}"></p>'
    )
    assert tags(markup.fill({"V": value})) == tags(markup.fill({"V": ""}))
