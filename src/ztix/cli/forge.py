"""Verbs about the forge: submissions, tell, codeowners. And the forge itself, from the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measured

if TYPE_CHECKING:
    from ztix.forge import Forge

FORGES = ("github",)
TURN_S = 20 * 60  # as often as the workflow `recheck` asks
forge_option = click.option(
    "--forge", "kind", type=click.Choice(FORGES), default="github", show_default=True, help="Which forge."
)


@contextmanager
def open_forge(kind: str) -> Iterator[Forge]:
    """The forge that the environment describes. Raises Usage where it does not."""
    from pydantic import SecretStr

    from ztix.drivers.github import BASE_URL, WORKFLOW_ACCOUNT, GitHub, github_client
    from ztix.drivers.http import RetryBudget
    from ztix.errors import Usage

    token, repository = (os.environ.get(name, "") for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY"))
    if not token or not repository:
        raise Usage(
            "GITHUB_TOKEN and GITHUB_REPOSITORY are not both set",
            help="set the token, and the repository as `owner/name`",
        )
    told = os.environ.get("ZTIX_GITHUB_ACCOUNT", "")
    if told and not (told.isascii() and told.isdigit()):
        raise Usage("ZTIX_GITHUB_ACCOUNT is no number", help="set the numeric id of the token's account")
    in_workflow = WORKFLOW_ACCOUNT if os.environ.get("GITHUB_ACTIONS") == "true" else None
    account = int(told) if told else in_workflow
    with github_client(SecretStr(token), os.environ.get("GITHUB_API_URL") or BASE_URL) as client:
        yield GitHub(client, repository, RetryBudget(), account)


@click.command(short_help="List the open pull requests.")
@click.option("--into", metavar="BRANCH", default="main", show_default=True, help="The branch they are for.")
@click.option(
    "--most", metavar="N", type=click.IntRange(min=1), default=25, show_default=True, help="At most so many."
)
@forge_option
@measured("submissions")
def submissions(into: str, most: int, kind: str) -> int:
    """List the numbers of the open pull requests, the one that moved last first.

    Of more than N, half are those that moved last, and the others come in turn, each twenty minutes other
    ones. Reads the forge: GITHUB_TOKEN, GITHUB_REPOSITORY. Writes one number in a line to stdout. Exits 0, 4
    where the forge refuses, 7 where it does not answer.
    """
    import time

    from ztix.errors import Exit

    with open_forge(kind) as forge:
        numbers = forge.open_numbers(into)
    listed = in_turn(numbers, most, int(time.time()) // TURN_S)
    for number in listed:
        click.echo(number)
    if len(listed) < len(numbers):
        left = len(numbers) - len(listed)
        click.echo(f"{left} more are open: they come in turn, or all at once with a larger --most", err=True)
    return Exit.DONE


def in_turn(numbers: tuple[int, ...], most: int, turn: int) -> tuple[int, ...]:
    """No more than so many: the first half as they are, and of the others each in its turn.

    So none waits for ever. turn: any number that grows by one from call to call.
    """
    if len(numbers) <= most:
        return numbers
    fresh = most // 2
    others, places = numbers[fresh:], most - fresh
    begin = turn * places % len(others)
    return numbers[:fresh] + (others + others)[begin : begin + places]


@click.command(short_help="Tell merged pull requests what became of them.")
@click.option("--live", metavar="REV", help="What the run was made from that ended well just now.")
@forge_option
@measured("tell")
@click.pass_obj
def tell(folder: str, live: str | None, kind: str) -> int:
    """Tell each pull request what the run that brought it made live, and what not.

    Reads the branch ztix-state and the main line of git from HEAD on; writes the comments of ztix on what was
    merged since the last run that ended well. Needs no secret of a fabric. Exits 0, 6 where a comment was
    refused, 7 where the forge does not answer.
    """
    from ztix.cli.outside import find_root
    from ztix.drivers.main_line import brought
    from ztix.drivers.state_branch import StateBranch
    from ztix.errors import Exit
    from ztix.telling import tell as tell_all

    root = find_root(folder)
    with open_forge(kind) as forge:
        receipts = StateBranch(root, remote=None).receipts()
        end = tell_all(forge, receipts, lambda since, until: brought(root, since, until), "HEAD", live)
    for number in end.told:
        click.echo(f"told #{number}", err=True)
    for error in end.refused:
        click.echo(f"not told: {error.message}", err=True)
    return Exit.PARTIAL if end.refused else Exit.DONE


@click.command(short_help="Write .github/CODEOWNERS from the maintainers.")
@click.option("--check", is_flag=True, help="Write nothing; exit 3 where the file would change.")
@click.pass_obj
def codeowners(folder: str, check: bool) -> int:
    """Write .github/CODEOWNERS, so that the forge asks the maintainers of policy/maintainers.yaml to look.

    Reads policy/. Writes the file. Exits 0, 3 where it would change (--check) or policy has errors.
    """
    from ztix.cli.exchange import open_exchange
    from ztix.cli.outside import find_root, open_tree
    from ztix.codeowners import PATH
    from ztix.codeowners import codeowners as text_of
    from ztix.drivers.files import write_files
    from ztix.errors import Exit

    root = find_root(folder)
    exchange, _ = open_exchange(open_tree(folder, None))
    text, place = text_of(exchange.policy.maintainers), root / PATH
    if place.is_file() and place.read_text("utf-8") == text:
        return Exit.DONE
    click.echo(f"{'would write' if check else 'wrote'} {PATH}", err=True)
    if not check:
        list(write_files(root, {PATH: text}))
    return Exit.INVALID if check else Exit.DONE
