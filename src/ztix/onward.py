"""What a newcomer does after `ztix new`: to the pull request, step by step.

Law: pure; returns lines. Only what policy asks for and the file still lacks is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from ztix.member import TODO, member_path
from ztix.policy import Policy
from ztix.terms import Asn


def steps_after(
    asn: Asn, policy: Policy, text: str, account: int | None, *, signed: bool, invited: bool
) -> tuple[str, ...]:
    """The steps, in order. text: of the file.  account: the author's, None where it is still to be found.

    signed: whether its node has signed it.  invited: whether an invitation is enclosed.
    """
    return tuple(_steps(asn, policy, text, account, signed=signed, invited=invited))


def _steps(
    asn: Asn, policy: Policy, text: str, account: int | None, *, signed: bool, invited: bool
) -> Iterator[str]:
    path, admission = member_path(asn), policy.admission
    who = str(account or "N")
    if TODO in text:
        yield f"replace each {TODO} in {path}; `ztix check` tells what is still wrong"
    if admission.node_proof != "off" and not signed:
        must = "" if admission.node_proof == "required" else " (not required here)"
        yield f"sign as your node{must}: `ztix sign {asn} --node-identity FILE`"
    if not invited:
        if admission.entry == "invited":
            yield f"ask a maintainer for an invitation, and save it as members/{asn}.invite"
        else:
            yield f"prove that {asn} is yours: `ztix prove {asn} --account {who}` tells each way"
    yield f"`git switch -c join-{asn} && git add members && git commit -m '{asn} joins'`"
    yield f"`ztix review --base main --head HEAD --author-id {who}` tells what a pull request would hear"
