from __future__ import annotations

import pytest

from callwright.events.addresses import is_allowed, parse_address, parse_networks
from callwright.events.urls import MAX_URL_BYTES, check_url

HOSTILE_URLS = [
    "",
    "example.com/hook",
    "//example.com/hook",
    "ftp://example.com/hook",
    "file:///etc/passwd",
    "gopher://example.com/_x",
    "javascript:alert(1)",
    "http://",
    "http:///hook",
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://:@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1/",
    "http://127.0.0.1:5432/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0/",
    "http://0.0.0.0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://240.0.0.1/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://sub.localhost:8080/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:53aa:64c:0:fffe:80ff:fffe]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://example.com:0/",
    "http://example.com:99999/",
    "http://example.com\\@127.0.0.1/",
    "http://exa mple.com/",
    "http://example.com/\r\nHost: internal",
    "http://example.com/\x00",
    "http://127。0。0。1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://%31%32%37.0.0.1/",
    "http://example.com/" + "a" * MAX_URL_BYTES,
]


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_hostile_urls_are_refused_without_a_look_up(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://yourapp.com/call-status",
        "http://yourapp.com:8080/hook?x=1#part",
        "https://bücher.example/haken",
        "https://xn--bcher-kva.example/haken",
        "https://8.8.8.8/hook",
        "https://[2606:4700:4700::1111]/hook",
        "https://hooks.example.com/a@b",
        "HTTPS://Example.COM/",
    ],
)
def test_usual_urls_are_accepted(url: str) -> None:
    check_url(url)


def test_an_operator_may_allow_a_network() -> None:
    allowed = parse_networks("10.0.0.0/8, 127.0.0.0/8,::1/128")
    for url in ("http://10.1.2.3/", "http://127.0.0.1:9000/", "http://localhost:9000/", "http://[::1]/"):
        check_url(url, allowed)
    for url in ("http://192.168.0.1/", "http://127.1/", "http://user@10.1.2.3/"):
        with pytest.raises(ValueError, match=r"\w"):
            check_url(url, allowed)


def test_a_mapped_address_counts_as_the_address_inside() -> None:
    inside = parse_address("::ffff:10.0.0.1")
    assert inside is not None
    assert not is_allowed(inside)
    assert is_allowed(inside, parse_networks("10.0.0.0/8"))
    translated = parse_address("64:ff9b::8.8.8.8")
    assert translated is not None
    assert is_allowed(translated)


def test_a_wrong_network_is_named() -> None:
    with pytest.raises(ValueError, match=r"'10\.0\.0\.0/99' is not a network"):
        parse_networks("127.0.0.0/8,10.0.0.0/99")
