"""What nodes sign: missing, of other nodes, content or paths, by keys that their ids do not follow from."""

from __future__ import annotations

from tests.hostile.pull import Must, Pull
from tests.hostile.scene import (
    JOINER,
    REVIEWER,
    edit,
    joining,
    node_signed,
    nodes_sign,
    path_of,
    text_of,
)
from ztix.admission.proof import NodeKey, Said, Unanswered

PATH, SIG = path_of(64503), "members/AS64503.yaml.sig"
_NODE = "members/AS64502.node-1a2b364502.sig"
_TWO_NODES = JOINER + (
    '  - id: 1a2b3aaaaa\n    name: ams1\n    addresses: [192.0.2.20, "2001:db8:64:96::20"]\n'
)
_LONGER = text_of(64500) + (
    '  - id: 1a2b3aaaaa\n    name: ams1\n    addresses: [192.0.2.20, "2001:db8:64:96::20"]\n'
)


NODE_SIGNATURES: tuple[Pull, ...] = (
    Pull(
        "node-missing-signature",
        Must.WAIT,
        {path_of(64502): JOINER, "members/AS64502.invite": joining()["members/AS64502.invite"]},
        ("`1a2b364502` has not signed the change",),
        "--node-identity",
        refused=True,
    ),
    Pull(
        "node-signature-of-somebody-elses-node",
        Must.WAIT,
        {**joining(), _NODE: node_signed("1a2b364500", None, JOINER, path=path_of(64502))},
        ("is of the node `1a2b364500`",),
        "on the node",
        refused=True,
    ),
    Pull(
        "node-id-does-not-follow-from-the-key",
        Must.WAIT,
        joining(),
        ("the id `1a2b364502` does not follow from the key",),
        "on the node",
        outside={NodeKey: Said()},
        refused=True,
    ),
    Pull(
        "node-id-follows-to-another",
        Must.WAIT,
        joining(),
        ("does not follow from the key",),
        "on the node",
        outside={NodeKey: Said(("1a2b364500",))},
        refused=True,
    ),
    Pull(
        "node-key-cannot-be-computed",
        Must.ASK_AGAIN,
        joining(),
        ("was not checked",),
        "run it again",
        outside={NodeKey: Unanswered("no memory")},
    ),
    Pull(
        "node-signature-of-other-content",
        Must.WAIT,
        {**joining(), **nodes_sign(64502, JOINER + "# more\n")},
        ("is of another change",),
        "on the node",
        refused=True,
    ),
    Pull(
        "node-signature-of-another-path",
        Must.WAIT,
        {**joining(), _NODE: node_signed("1a2b364502", None, JOINER, path=path_of(64500))},
        ("is of another change",),
        "on the node",
        refused=True,
    ),
    Pull(
        "node-signature-is-rubbish",
        Must.FAIL,
        {**joining(), _NODE: b"\x00\xff" * 100},
        ("must be two lines",),
        "on the node",
        refused=True,
    ),
    Pull(
        "node-signature-with-a-third-line",
        Must.WAIT,
        {**joining(), _NODE: str(joining()[_NODE]) + "::set-output name=x::y\n"},
        ("must be two lines",),
        "on the node",
        refused=True,
    ),
    Pull(
        "second-node-has-not-signed",
        Must.WAIT,
        {**joining(_TWO_NODES), **nodes_sign(64502, _TWO_NODES)},
        ("`1a2b3aaaaa` has not signed the change", "the node `1a2b364502` signed"),
        "on the node",
        refused=True,
    ),
    Pull(
        "edit-adds-a-node-that-has-not-signed",
        Must.WAIT,
        {path_of(64500): _LONGER},
        ("`1a2b3aaaaa` has not signed the change",),
        "an owner or admin approves",
        64500,
        (REVIEWER,),
        refused=True,
    ),
    Pull(
        "edit-swaps-its-node-for-another-members",
        Must.FAIL,
        edit(64500, "1a2b364500", "1a2b364501"),
        ("ZT202", "has not signed the change"),
        "on the node",
        64500,
    ),
    Pull(
        "node-signature-for-a-node-that-the-file-has-not",
        Must.WAIT,
        {**joining(), "members/AS64502.node-1a2b364500.sig": str(joining()[_NODE]), _NODE: "no\n"},
        ("must be two lines",),
        "on the node",
        refused=True,
    ),
)
