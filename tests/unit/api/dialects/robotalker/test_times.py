from datetime import UTC, datetime

import pytest

from callwright.api.dialects.robotalker.times import WrongTime, read_time, shown_time

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024/05/15 15:15:00", datetime(2024, 5, 15, 19, 15, tzinfo=UTC)),
        ("15/05/2024 15:15", datetime(2024, 5, 15, 19, 15, tzinfo=UTC)),
        ("15/05/2024", datetime(2024, 5, 15, 4, 0, tzinfo=UTC)),
        ("2024-5-1T08:00:30", datetime(2024, 5, 1, 12, 0, 30, tzinfo=UTC)),
        ("1/2/2024 3:00 PM", datetime(2024, 2, 1, 20, 0, tzinfo=UTC)),
        ("1/2/2024 12:05 am", datetime(2024, 2, 1, 5, 5, tzinfo=UTC)),
        (" 1/2/2024 ", datetime(2024, 2, 1, 5, 0, tzinfo=UTC)),
        ("", None),
        ("  ", None),
    ],
)
def test_reads_day_first_and_year_first_in_the_accounts_zone(text: str, expected: datetime | None) -> None:
    assert read_time(text, NEW_YORK) == expected


def test_an_end_without_a_time_is_the_end_of_the_day_even_when_clocks_change() -> None:
    # 3 November 2024 has 25 hours in New York
    assert read_time("3/11/2024", NEW_YORK, end_of_day=True) == datetime(2024, 11, 4, 5, 0, tzinfo=UTC)
    assert read_time("3/11/2024 10:00", NEW_YORK, end_of_day=True) == datetime(2024, 11, 3, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["05/15/2024", "15/05/24", "2024/05", "tomorrow", "2024/05/15 25:00", "1/2/2024 13:00 PM", "1/2-2024", "0/1/2024"],
)
def test_refuses_what_is_no_date_of_these_two_forms(text: str) -> None:
    with pytest.raises(WrongTime, match="day/month/year"):
        read_time(text, NEW_YORK)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2017, 2, 27, 17, 31, 50, tzinfo=UTC), "2/27/2017 12:31:50 PM-EST"),
        (datetime(2017, 2, 13, 13, 0, 0, tzinfo=UTC), "2/13/2017 8:00:00 AM-EST"),
        (datetime(2017, 7, 1, 4, 5, 6, tzinfo=UTC), "7/1/2017 12:05:06 AM-EDT"),
        (None, ""),
    ],
)
def test_shows_times_as_the_document_does(moment: datetime | None, shown: str) -> None:
    assert shown_time(moment, NEW_YORK) == shown
