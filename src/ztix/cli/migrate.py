"""`ztix migrate-network`: what everybody has to do when a fabric moves to another network."""

from __future__ import annotations

import click

from ztix.cli.options import format_option, ref_option


@click.command("migrate-network", short_help="Tell who does what when a network's id is lost.")
@click.argument("fabric")
@click.option(
    "--to", required=True, metavar="NETWORK|NODE", help="The new network, or the new controller's node id."
)
@click.option("--from", "old", metavar="NETWORK", help="The old network, where policy does not tell.")
@ref_option("HEAD", "The revision with the members.")
@format_option("text", "markdown", "json")
@click.pass_obj
def migrate_network(folder: str, fabric: str, to: str, old: str | None, ref: str, form: str) -> int:
    """Tell what changes in git, and what each member does on its nodes, when a fabric gets another network.

    For a controller whose identity is lost, because a network's id begins with it. Reads the exchange at
    --ref and the branch ztix-state; asks nobody. Writes to stdout alone. Exits 0, 3 policy has errors, 64
    usage.
    """
    from ztix.cli.exchange import fabric_of
    from ztix.cli.outside import find_root, open_tree
    from ztix.console.migration import render_migration
    from ztix.drivers.state_branch import StateBranch
    from ztix.errors import Exit, Invalid, Usage
    from ztix.exchange import read_exchange
    from ztix.migration import migrate, new_network, old_network
    from ztix.terms import NetworkId

    exchange, _ = read_exchange(open_tree(folder, ref))
    if exchange is None:
        raise Invalid(f"the policy at `{ref}` has errors", help="`ztix check` shows them")
    policy = fabric_of(exchange, fabric)
    try:
        left = (
            NetworkId(old) if old else old_network(policy, StateBranch(find_root(folder)).read().controllers)
        )
    except ValueError as error:
        raise Usage(f"--from `{old}` {error}") from None
    if left is None:
        raise Usage(
            f"neither policy nor the last run tells the id of `{fabric}`'s network",
            help="give it with --from: `zerotier-cli listnetworks` shows it on any member's node",
        )
    try:
        new = new_network(to, left)
    except ValueError as error:
        raise Usage(f"--to `{to}` {error}", help="write 16 hex digits, or the controller's 10") from None
    click.echo(render_migration(migrate(exchange, policy, left, new), form), nl=False)
    return Exit.DONE
