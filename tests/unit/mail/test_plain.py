"""The text that is made from HTML."""

from __future__ import annotations

import pytest

from callwright.mail.plain import text_of


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<h1>Hello {NAME}</h1><p>One <b>two</b>\n three</p>", "Hello {NAME}\n\nOne two three"),
        ("Four<br>five", "Four\nfive"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><p>d</p>", "- a\n- b\n  - c\n\nd"),
        ("<ol><li>x<li>y</ol>", "1. x\n2. y"),
        ("<table><tr><td>A</td><td>B</td></tr><tr><td>C</td><td>D</td></tr></table>", "A B\nC D"),
        ('<a href="https://x.example/{A}">here</a>', "here (https://x.example/{A})"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ('<a href="#top">up</a>', "up"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ("<head><title>T</title><style>p{}</style></head><body>x<script>y</script></body>", "x"),
        ('<div style="display: none">preview</div><p>x</p>', "x"),
        ('<img alt="Logo"><p>&copy; 2026&nbsp;we</p>', "Logo\n\n© 2026 we"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("", ""),
    ],
)
def test_text_of(source: str, text: str) -> None:
    assert text_of(source) == text
