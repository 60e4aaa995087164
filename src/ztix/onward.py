"""What a newcomer does after `ztix new`: to the pull request, step by step.

Law: pure; returns lines. Only what policy asks for and the file still lacks is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from ztix.member import TODO, member_path
from ztix.policy import Policy
from ztix.terms import Asn

SECRET = "identity.secret"  # noqa: S105 - the name of a file


def steps_after(
    asn: Asn,
    policy: Policy,
    text: str,
    account: int | None,
    *,
    signed: bool,
    invited: bool,
    secret: str = SECRET,
) -> tuple[str, ...]:
    """The steps, in order. text: of the file.  account: the author's, None where it is still to be found.

    signed: whether its node has signed it.  invited: whether an invitation is enclosed.  secret: where the
    node's identity lies. A text with a gap must change, so what signed it will not do.
    """
    gaps = TODO in text
    sign = f"`ztix sign {asn} --node-identity {quote(secret)}`"
    steps = _steps(asn, policy, account, sign, gaps=gaps, signed=signed and not gaps, invited=invited)
    return tuple(steps)


def _steps(
    asn: Asn, policy: Policy, account: int | None, sign: str, *, gaps: bool, signed: bool, invited: bool
) -> Iterator[str]:
    path, admission = member_path(asn), policy.admission
    who = str(account or "N")
    if gaps:
        yield f"replace each {TODO} in {path}; `ztix check` tells what is still wrong"
    if admission.node_proof != "off" and not signed:
        must = "" if admission.node_proof == "required" else " (not required here)"
        yield f"{'then ' if gaps else ''}sign as your node{must}: {sign}"
    if not invited:
        if admission.entry == "invited":
            yield f"ask a maintainer for an invitation, and save it as members/{asn}.invite"
        else:
            yield f"prove that {asn} is yours: `ztix prove {asn} --account {who}` tells each way"
    yield f"`git switch -c join-{asn} && git add members && git commit -m '{asn} joins'`"
    yield f"`ztix review --base main --head HEAD --author-id {who}` tells what a pull request would hear"
