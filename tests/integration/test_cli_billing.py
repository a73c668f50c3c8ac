"""Charging an organisation by hand, as an operator does."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from callwright.cli_accounts import orgs
from callwright.cli_billing import balance, budgets, rates
from callwright.errors import CallwrightError, Conflict, InvalidRequest, NotFound

pytestmark = pytest.mark.postgres

money = typer.Typer()
money.command("balance")(balance)
money.add_typer(rates, name="rates")
money.add_typer(budgets, name="budgets")
money.add_typer(orgs, name="orgs")


@pytest.fixture(autouse=True)
def environment(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_DATABASE_URL", database_url)
    monkeypatch.setenv("CALLWRIGHT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> str:
    result: Result = CliRunner().invoke(money, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def fails(kind: type[CallwrightError], *arguments: str) -> str:
    with pytest.raises(kind) as caught:
        CliRunner().invoke(money, arguments, catch_exceptions=False)
    return str(caught.value)


def sheet(folder: Path, text: str) -> str:
    file = folder / "rates.csv"
    file.write_text(text)
    return str(file)


def test_an_organisation_is_charged(tmp_path: Path) -> None:
    run("orgs", "create", "School")
    file = sheet(tmp_path, "prefix,price,increments\n1,0.01,6/6\n44,0.02,\n")
    assert "currency" in fails(InvalidRequest, "rates", "import", "Standard", file)
    assert "2 rates read, 2 in all, in USD" in run("rates", "import", "Standard", file, "--currency", "usd")
    assert "Standard" in run("rates", "list")
    shown = run("rates", "show", "Standard", "--prefix", "44")
    assert "+44" in shown
    assert "+1 " not in shown
    assert "pays by Standard" in run("rates", "assign", "School", "Standard")
    assert "0.00 USD" in run("balance", "School")
    assert "50.00 USD" in run("balance", "School", "--add", "50", "--note", "invoice 7", "--reference", "inv-7")
    assert "50.00 USD" in run("balance", "School", "--add", "50", "--reference", "inv-7")
    fails(Conflict, "balance", "School", "--add", "60", "--reference", "inv-7")
    assert "49.50 USD" in run("balance", "School", "--adjust", "-0.5", "--note", "typed twice")
    assert "only 49.5" in fails(InvalidRequest, "balance", "School", "--adjust", "-100", "--note", "x")
    assert "5.00" in run("budgets", "set", "School", "--daily", "5")
    shown = run("budgets", "set", "School", "--total", "100")
    assert "5.00" in shown
    assert "100.00" in shown
    assert "5.00" not in run("budgets", "set", "School", "--daily", "off")
    assert "pays for nothing" in run("rates", "assign", "School", "none")


def test_a_wrong_sheet_changes_nothing(tmp_path: Path) -> None:
    good = sheet(tmp_path, "prefix,price\n1,0.01\n")
    run("rates", "import", "Standard", good, "--currency", "EUR")
    wrong = fails(InvalidRequest, "rates", "import", "Standard", sheet(tmp_path, "prefix,price\n44,1\nMars,2\n"))
    assert "line 3: prefix" in wrong
    assert "44" not in run("rates", "show", "Standard")
    run("rates", "import", "Standard", sheet(tmp_path, "prefix,price\n44,1\n"), "--replace")
    assert "+1 " not in run("rates", "show", "Standard")
    assert "another price list" in fails(InvalidRequest, "rates", "import", "Standard", good, "--currency", "USD")


def test_money_has_one_currency(tmp_path: Path) -> None:
    run("orgs", "create", "School")
    fails(InvalidRequest, "balance", "School", "--add", "5")
    run("balance", "School", "--add", "5", "--currency", "EUR")
    run("rates", "import", "Dollars", sheet(tmp_path, "prefix,price\n1,0.01\n"), "--currency", "USD")
    assert "EUR" in fails(Conflict, "rates", "assign", "School", "Dollars")
    fails(NotFound, "rates", "assign", "School", "Roubles")
    fails(NotFound, "balance", "Nobody")
    fails(InvalidRequest, "budgets", "set", "School", "--daily", "much")
