"""What somebody signs who has no ztix: the very lines, and the commands that make the enclosure of them.

Law: pure. Everything in it is of a fixed form: a label, numbers, digests and paths of ours. A further edit of
the file makes it void, so it is told only where the file is as it shall be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ztix.admission.methods.node import NAME, new_nodes
from ztix.admission.methods.ssh import signed
from ztix.admission.proof import Claimed
from ztix.admission.statement import NAMESPACE
from ztix.admission.verdict import ByHand, Demand, State
from ztix.enclosure import SIGNATURE, node_signature

_SIGNING = "(cat identity.public; echo; zerotier-idtool sign identity.secret {file})"


def by_hand(claimed: Claimed, demands: Iterable[Demand]) -> Iterator[ByHand]:
    """One for each signature that is demanded of the author and does not count yet."""
    refused = {demand.what for demand in demands if demand.state is State.REFUSED}
    file = f"{claimed.asn}.txt"
    lines = (f"cat > {file} <<'END'", *signed(claimed).decode("ascii").splitlines(), "END")
    for node in new_nodes(claimed):
        if f"{NAME} {node}" in refused:
            where = f"on the node `{node}`, as root, in /var/lib/zerotier-one"
            path = f"members/{claimed.asn}{node_signature(node)}"
            yield ByHand(path, where, (*lines, _SIGNING.format(file=file)))
    if "signature" in refused:
        sign = f"ssh-keygen -q -Y sign -f ~/.ssh/id_ed25519 -n {NAMESPACE} < {file}"
        yield ByHand(f"members/{claimed.asn}{SIGNATURE}", "where the key is", (*lines, sign))
