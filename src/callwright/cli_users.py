"""``callwright users``: people, their roles, and the ways back in for who lost theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from callwright.accounts.models import operator
from callwright.accounts.permissions import ROLES
from callwright.accounts.service import AccountService
from callwright.accounts.users import NewUser
from callwright.cli_accounts import DataDir, Org, run_on_ground, show, when
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.service import NumberService

users = typer.Typer(no_args_is_help=True)

Person = Annotated[str, typer.Argument(help="Email, id or number of the person.")]


@users.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="It is what the person signs in with.")],
    org: Org,
    role: Annotated[str, typer.Option(help=", ".join(ROLES))],
    name: Annotated[str, typer.Option(help="Of the person.")] = "",
    subuser: Annotated[bool, typer.Option("--subuser", help="Sees only what it made itself.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Add a person and show the token with which it chooses a password."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        await invite(accounts, organisation.id, email, role=role, name=name, subuser=subuser)

    run_on_ground(data_dir, job)


async def invite(
    accounts: AccountService, organisation_id: str, email: str, *, role: str, name: str = "", subuser: bool = False
) -> None:
    """Add a person and print the token of the invitation."""
    for known in ROLES:
        if role == known:
            wanted = NewUser(email=email, role=known, name=name, fenced=subuser)
            break
    else:
        raise InvalidRequest([FieldError(field="role", message=f"one of {', '.join(ROLES)}", received=role)])
    user, token = await accounts.users.create(wanted, who=operator(organisation_id))
    typer.echo(token)
    kind = "subuser" if user.fenced else "user"
    typer.echo(f"{user.id} ({user.email}) is a {kind} with the role {user.role}.", err=True)
    typer.echo(
        "With this token the person chooses a password: POST /api/v1/invitations/accept, within a week.", err=True
    )


@users.command("list")
def list_users(org: Org, data_dir: DataDir = None) -> None:
    """Show the people of an organisation."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        rows: list[list[object]] = []
        before: int | None = None
        while found := await accounts.users.page(organisation.id, before=before):
            before = found[-1].number
            for user in found:
                state = "disabled" if user.disabled_at else "active" if user.has_password else "invited"
                second = "yes" if user.second_factor else "no"
                role = f"{user.role}, subuser" if user.fenced else user.role
                rows.append(
                    [user.number, user.id, user.email, user.name, role, state, second, when(user.last_login_at)]
                )
        columns = ["number", "id", "email", "name", "role", "state", "second factor", "signed in"]
        show(f"Users of {organisation.name}", columns, rows)

    run_on_ground(data_dir, job)


@users.command("set-role")
def set_role(
    person: Person,
    role: Annotated[str, typer.Argument(help=", ".join(ROLES))],
    org: Org,
    subuser: Annotated[
        bool | None, typer.Option("--subuser/--no-subuser", help="Whether it sees only what it made itself.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Change what a person may do; it counts from the next request."""
    fields: dict[str, object] = {"role": role}
    if subuser is not None:
        fields["fenced"] = subuser
    _change(person, org, fields, data_dir, f"now has the role {role}")


@users.command("disable")
def disable(person: Person, org: Org, data_dir: DataDir = None) -> None:
    """Sign a person out everywhere and stop its keys."""
    _change(person, org, {"disabled": True}, data_dir, "is disabled")


@users.command("enable")
def enable(person: Person, org: Org, data_dir: DataDir = None) -> None:
    """Let a disabled person in again."""
    _change(person, org, {"disabled": False}, data_dir, "is enabled")


@users.command("reset-password")
def reset_password(person: Person, org: Org, data_dir: DataDir = None) -> None:
    """Show a token with which a person chooses a new password."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        user = await accounts.users.find(organisation.id, person)
        typer.echo(await accounts.credentials.make_reset(user.id, who=operator(organisation.id)))
        path = "password-resets" if user.has_password else "invitations"
        typer.echo(f"{user.email} chooses a password with it: POST /api/v1/{path}/accept.", err=True)

    run_on_ground(data_dir, job)


@users.command("reset-totp")
def reset_totp(person: Person, org: Org, data_dir: DataDir = None) -> None:
    """Take the second factor from a person who lost it."""

    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        user = await accounts.users.find(organisation.id, person)
        await accounts.credentials.reset_second_factor(user.id, who=operator(organisation.id))
        typer.echo(f"{user.email} signs in with the password alone until there is a new second factor")

    run_on_ground(data_dir, job)


def _change(person: str, org: str, fields: dict[str, object], data_dir: Path | None, done: str) -> None:
    async def job(accounts: AccountService, _: NumberService) -> None:
        organisation = await accounts.find_organisation(org)
        user = await accounts.users.find(organisation.id, person)
        changed = await accounts.users.change(user.id, fields, who=operator(organisation.id))
        typer.echo(f"{changed.email} {done}")

    run_on_ground(data_dir, job)
