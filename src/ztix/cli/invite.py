"""The verb that invites a network: a maintainer's signed word, good for one exchange, AS number and time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ztix.cli.options import asn_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ztix.admission.methods.invitation import InvitationClaims
    from ztix.policy import Policy
    from ztix.terms import Asn

_UNITS_S = {"h": 3600, "d": 86400}


@click.command(short_help="Invite a network to join.")
@click.argument("asn", required=False)
@click.option("--ttl", default="7d", show_default=True, help="How long it counts, such as 12h or 7d.")
@click.option(
    "--account", type=click.IntRange(min=1), metavar="N", help="Only for this account's numeric id."
)
@click.option("--node", metavar="ID", help="Only for a file with this ZeroTier node alone.")
@click.option("--reusable", is_flag=True, help="Counts more than once.")
@click.option("--auto-approve", is_flag=True, help="Where policy merges by itself, nobody else has to look.")
@click.option(
    "--key",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The private key's file; by default the key is in ZTIX_INVITATION_KEY.",
)
@click.option("--new-key", metavar="LABEL", help="Make a key of this name instead, in the file of --key.")
@click.pass_obj
def invite(
    folder: str,
    asn: str | None,
    ttl: str,
    account: int | None,
    node: str | None,
    reusable: bool,
    auto_approve: bool,
    file: Path | None,
    new_key: str | None,
) -> int:
    """Invite a network: sign a line that its member encloses when it joins.

    Reads policy/ and the private key; needs no network. Writes the line to stdout. It counts for this
    exchange and ASN, until it ends, and once. With --new-key, makes a key pair: the private one in FILE, mode
    0600, and on stdout the lines that policy/maintainers.yaml needs. Exits 0, 3 policy has errors, 4 where
    policy does not have the key, 64 usage.
    """
    import secrets
    from datetime import UTC, datetime

    from ztix.admission.signed_token import INVITATION_KIND, sign
    from ztix.cli.signing_key import read_key
    from ztix.errors import Exit, Usage

    if new_key is not None:
        return _new_key(new_key, file)
    if asn is None:
        raise Usage("whom to invite is not said", help="name an AS number: `ztix invite AS64500`")
    if auto_approve and account is None:
        raise Usage(
            "`--auto-approve` needs `--account N`: whoever reads the line in a pull request could use it",
            help="https://api.github.com/users/LOGIN shows the id",
        )
    number, seconds, only = asn_of(asn), _seconds(ttl), _node(node)
    policy = _policy(folder)
    key = read_key(file)
    _check_known(policy, key.id, key.public, key.policy_lines)
    claims = _claims(policy, number, int(datetime.now(UTC).timestamp()), seconds, secrets.token_hex(16))
    bound = {"account": account, "node": only, "reusable": reusable, "auto_approve": auto_approve}
    click.echo(sign(INVITATION_KIND, key.id, claims.model_copy(update=bound), key.secret))
    click.echo(_told(number, claims.exp, reusable, account), err=True)
    for line in _without_effect(policy, auto_approve=auto_approve):
        click.echo(line, err=True)
    return Exit.DONE


def _without_effect(policy: Policy, *, auto_approve: bool) -> Iterator[str]:
    """What the invitation says and policy does not go by."""
    where = "policy/admission.yaml"
    if auto_approve and policy.admission.approval == "manual":
        yield (
            f"`--auto-approve` has no effect yet: {where} has `approval: manual`, so a maintainer merges all "
            "the same; with `auto` nobody would have to look"
        )
    if policy.admission.entry != "invited" and "invitation" not in policy.admission.proofs:
        yield f"it proves nothing yet: `proofs` in {where} does not have `invitation`"


def _policy(folder: str) -> Policy:
    from ztix.cli.exchange import open_exchange
    from ztix.cli.outside import open_tree
    from ztix.tree import Tree

    tree = open_tree(folder, None)
    exchange, _ = open_exchange(Tree(tree.revision, {each.path: each for each in tree.below("policy")}))
    return exchange.policy


def _claims(policy: Policy, asn: Asn, now: int, seconds: int, number: str) -> InvitationClaims:
    from ztix.admission.methods.invitation import InvitationClaims
    from ztix.admission.signed_token import audience

    here = audience(policy.exchange)
    return InvitationClaims(iss=here, aud=here, sub=str(asn), jti=number, iat=now, nbf=now, exp=now + seconds)


def _told(asn: Asn, ends: int, reusable: bool, account: int | None) -> str:
    from datetime import UTC, datetime

    until = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%d %H:%M UTC")
    whose = f"for the account {account}" if account else "for no account: a maintainer has to approve as well"
    times = "more than once" if reusable else "once"
    return f"counts until {until}, {times}, {whose}; it goes into members/{asn}.invite"


def _new_key(name: str, file: Path | None) -> int:
    from ztix.cli.signing_key import new_key
    from ztix.drivers.secret_files import write_secret
    from ztix.errors import Exit, Usage
    from ztix.terms import Label

    try:
        label = Label(name)
    except ValueError as error:
        raise Usage(f"`--new-key` {error}", help="name it after who holds it, such as `board`") from None
    if file is None:
        raise Usage(
            "a new key needs a file to be in", help=f"name one outside the repository: `--key {name}.key`"
        )
    made = new_key(label)
    write_secret(file, made.line)
    click.echo(made.policy_lines, nl=False)
    click.echo(
        f"wrote {file}: keep it out of the repository; the lines go into policy/maintainers.yaml", err=True
    )
    return Exit.DONE


def _check_known(policy: Policy, name: str, public: str, lines: str) -> None:
    """Raises Refused where the exchange would not take an invitation by this key."""
    from ztix.errors import Refused

    keys = {str(each.id): str(each.key) for each in policy.maintainers.invitation_keys}
    if keys.get(name) != public:
        what = "has another key of that name" if name in keys else "does not have it"
        shown = "; ".join(line.strip(" -") for line in lines.splitlines()[1:])
        raise Refused(
            f"nobody would take an invitation by the key `{name}`: policy/maintainers.yaml {what}",
            help=f"put it under `invitation_keys:`: `{shown}`, and have that merged",
        )


def _seconds(text: str) -> int:
    from ztix.admission.methods.invitation import TTL_MOST_S
    from ztix.errors import Usage

    found = re.fullmatch(r"([1-9][0-9]{0,3})([hd])", text)
    seconds = int(found[1]) * _UNITS_S[found[2]] if found else 0
    if not 0 < seconds <= TTL_MOST_S:
        raise Usage(
            "`--ttl` must be hours or days, such as `12h` or `7d`",
            help=f"at most {TTL_MOST_S // 86400}d",
        )
    return seconds


def _node(text: str | None) -> str | None:
    from ztix.errors import Usage
    from ztix.terms import NodeId

    try:
        return None if text is None else str(NodeId(text))
    except ValueError as error:
        raise Usage(
            f"`--node` {str(error).removesuffix(', quoted')}", help="`zerotier-cli info` shows it"
        ) from None
