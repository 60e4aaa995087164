"""`ztix fabric rotate-token`: a new token for a fabric, accepted and recorded, and the old one refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.measuring import measured
from ztix.cli.options import ref_option

if TYPE_CHECKING:
    from pydantic import SecretStr

    from ztix.policy import FabricPolicy
    from ztix.rotation import Door
    from ztix.terms import ControllerPin
    from ztix.world import World

STEPS = {
    "zerotier-controller": """\
1. On the controller's host, put the new token into `authtoken.secret` in ZeroTier's home
   (/var/lib/zerotier-one), mode 0600.
2. Restart ZeroTier there: `systemctl restart zerotier-one`. It reads its token when it starts.
""",
    "zerotier-central": """\
1. On the account page of Central, delete the old token.
""",
}
HOME_STEPS = """\
1. Done: the new token is in `{home}/authtoken.secret`.
2. Restart ZeroTier here: `systemctl restart zerotier-one`. It reads its token when it starts.
"""


@click.command("rotate-token", short_help="Replace a fabric's token.")
@click.argument("fabric")
@click.option("--token-file", type=click.Path(dir_okay=False), help="The file with the new token, mode 0600.")
@click.option("--token-env", metavar="NAME", help="The variable with the new token.")
@click.option(
    "--home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The controller's home on this machine: the new token is written there; without one, it is made.",
)
@click.option("--wait", default=300, show_default=True, help="Seconds to wait for the steps to be done.")
@ref_option("HEAD", "The revision with the fabric's policy.")
@measured("fabric rotate-token")
@click.pass_obj
def rotate_token(
    folder: str,
    fabric: str,
    token_file: str | None,
    token_env: str | None,
    home: Path | None,
    wait: int,
    ref: str,
) -> int:
    """Replace the token of a fabric's service, and see to it that the old one no longer opens it.

    Prints the steps that only a person can do and waits until they are done. Reads policy at --ref; asks the
    service with both tokens. Writes to the branch ztix-state, without either, and to the controller's home
    only with --home. Run again, it goes on. Exits 0, 3 policy has errors, 4 where another controller
    answers than before or waiting is of no use, 6 not done in time, 7 where the service does not answer, 8
    locked, 64 usage.
    """
    from ztix.cli.outside import find_root, open_world
    from ztix.cli.progress import Reporter
    from ztix.drivers.lock import run_lock
    from ztix.errors import Exit
    from ztix.rotation import record

    with Reporter() as reporter:
        world = open_world(folder, reporter)
        with run_lock(find_root(folder), world.holder):
            policy = _policy(world, ref, fabric)
            new = _new_token(token_file, token_env)
            door = _rotate(world, policy, new, home, wait)
            record(world.state, policy.name, door.service)
    click.echo(f"{door.service} accepts the new token and refuses the old one.", err=True)
    click.echo(f"Put the new one where the old one is used: {_places(policy, home)}.", err=True)
    return Exit.DONE


def _rotate(world: World, policy: FabricPolicy, new: SecretStr | None, home: Path | None, wait: int) -> Door:
    from ztix.drivers.fabric_tokens import ControllerHome, make_token
    from ztix.drivers.fabrics import read_secret
    from ztix.errors import Usage
    from ztix.policy import SecretRef
    from ztix.rotation import begin_at_home, rotate

    door = _door(world, policy)
    if home is None:
        if new is None:
            raise Usage("there is no new token", help="name it by --token-file or --token-env, or use --home")
        steps = STEPS[policy.driver]
        rotate(door, read_secret(policy.token, os.environ), new, world.clock, wait, lambda: _tell(steps))
        return door
    if policy.driver != "zerotier-controller":
        raise Usage(f"a fabric with the driver `{policy.driver}` has no home", help="leave --home out")
    place = ControllerHome(home, lambda path: read_secret(SecretRef(file=str(path)), {}))
    old, new = begin_at_home(door, place, new or make_token(), given=new is not None)
    steps = HOME_STEPS.format(home=home)
    rotate(door, old, new, world.clock, wait, lambda: _tell(steps))
    place.settle()
    return door


def _tell(steps: str) -> None:
    click.echo(f"{steps}Waiting for it; stop and run again at will.", err=True)


def _policy(world: World, ref: str, name: str) -> FabricPolicy:
    from ztix.errors import Invalid, Usage
    from ztix.exchange import read_exchange

    exchange, _ = read_exchange(world.read_tree(ref))
    if exchange is None:
        raise Invalid(f"the policy at `{ref}` has errors", help="`ztix check` shows them")
    policy = exchange.policy.fabric(name)
    if policy is None:
        names = ", ".join(f"`{one.name}`" for one in exchange.policy.fabrics.fabrics)
        raise Usage(f"there is no fabric `{name}`", help=f"policy/fabrics.yaml has {names}")
    return policy


def _new_token(file: str | None, variable: str | None) -> SecretStr | None:
    from ztix.drivers.fabric_tokens import read_variable
    from ztix.drivers.fabrics import read_secret
    from ztix.errors import Usage
    from ztix.policy import SecretRef

    if file and variable:
        raise Usage("the new token is named twice", help="give --token-file or --token-env, not both")
    if variable:
        return read_variable(variable, os.environ)
    return read_secret(SecretRef(file=file), {}) if file else None


def _door(world: World, policy: FabricPolicy) -> Door:
    from ztix.controller_pin import refuse_others
    from ztix.drivers.fabric_tokens import TokenDoor
    from ztix.drivers.fabrics import CENTRAL, CONTROLLER, CONTROLLER_URL
    from ztix.drivers.zerotier_central import URL
    from ztix.errors import Usage
    from ztix.fabric import Observed

    known = world.state.read().controllers

    def judge(seen: ControllerPin | None) -> None:
        refuse_others([policy], {policy.name: Observed(None, None, controller=seen)}, known)

    if policy.driver == CONTROLLER:
        url = policy.url or CONTROLLER_URL
        return TokenDoor(f"the controller at `{url}`", url, "/controller", "X-ZT1-Auth", judge, who="/status")
    if policy.driver == CENTRAL:
        url, path = policy.url or URL, f"/network/{policy.network}"
        return TokenDoor(f"ZeroTier Central at `{url}`", url, path, "Authorization", judge, "token ")
    raise Usage(
        f"ztix does not know how the driver `{policy.driver}` shows a token",
        help="rotate it by hand, as its package tells",
    )


def _places(policy: FabricPolicy, home: Path | None) -> str:
    from ztix.drivers.fabrics import secret_place

    at = f" (it is in `{home}/authtoken.secret`)" if home else ""
    return f"{secret_place(policy.token)}, and every runner's secrets{at}"
