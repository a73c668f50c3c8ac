"""When a mail may go to a domain."""

from __future__ import annotations

import pytest

from callwright.channels.email.domains import FIRST_PAUSE, LONGEST_PAUSE, Domains, is_too_fast


def test_domains_without_a_rate_do_not_wait() -> None:
    domains = Domains({"slow.example": 1})
    assert [domains.wait(f"m{n}", "fast.example", 0.0) for n in range(5)] == [0.0] * 5


def test_mails_to_one_domain_follow_each_other() -> None:
    domains = Domains({"slow.example": 2, "*": 10})
    assert [domains.wait(f"m{n}", "slow.example", 100.0) for n in range(4)] == [0.0, 0.5, 1.0, 1.5]
    assert [domains.wait(f"o{n}", "other.example", 100.0) for n in range(3)] == pytest.approx([0.0, 0.1, 0.2])


def test_a_mail_that_was_put_off_keeps_its_time() -> None:
    domains = Domains({"slow.example": 1})
    assert domains.wait("a", "slow.example", 0.0) == 0.0
    assert domains.wait("b", "slow.example", 0.0) == 1.0
    assert domains.wait("b", "slow.example", 0.4) == pytest.approx(0.6)
    assert domains.wait("b", "slow.example", 1.0) == 0.0
    assert domains.wait("c", "slow.example", 1.0) == 1.0


def test_a_domain_that_refuses_is_left_alone_for_longer_and_longer() -> None:
    domains = Domains({})
    assert domains.refused("a.example", 0.0) == FIRST_PAUSE
    # answers to mails that were on their way already
    assert domains.refused("a.example", 1.0) == FIRST_PAUSE - 1
    assert domains.wait("m", "a.example", 2.0) == FIRST_PAUSE - 2
    assert domains.wait("m", "b.example", 2.0) == 0.0
    assert domains.refused("a.example", FIRST_PAUSE + 1) == FIRST_PAUSE * 2
    now = 1000.0
    for _ in range(20):
        now += domains.refused("a.example", now)
    assert domains.refused("a.example", now) == LONGEST_PAUSE
    domains.accepted("a.example")
    assert domains.wait("m", "a.example", now) == 0.0


def test_what_is_over_is_forgotten_and_what_is_not_stays() -> None:
    domains = Domains({"*": 1})
    domains.wait("a", "a.example", 0.0)
    domains.wait("b", "a.example", 0.0)
    domains.forget(0.5)
    assert domains.wait("b", "a.example", 0.5) == 0.5
    domains.refused("c.example", 0.0)
    domains.forget(1.0)
    assert domains.wait("m", "c.example", 1.0) > 0


@pytest.mark.parametrize(
    ("code", "said", "too_fast"),
    [
        (421, "try later", True),
        (450, "4.7.1 rate limited", True),
        (451, "4.3.2 not now", True),
        (450, "4.2.0 greylisted", False),
        (452, "4.2.2 mailbox full", False),
        (550, "4.7.1 no", False),
    ],
)
def test_which_refusals_concern_a_whole_domain(code: int, said: str, too_fast: bool) -> None:
    assert is_too_fast(code, said) is too_fast
