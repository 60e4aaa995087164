"""Whether a fabric's controller is the one that it was: the one that policy names, or that was met first.

Law: pure. A controller's node id is 40 bits of its key, and whoever answers in its place could take every
member over; so another one is refused before anything is planned, and only policy can let it in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ztix.errors import Refused
from ztix.fabric import Observed
from ztix.policy import FabricPolicy
from ztix.terms import ControllerPin, Label


def refuse_others(
    fabrics: Iterable[FabricPolicy],
    observed: Mapping[Label, Observed],
    known: Mapping[Label, ControllerPin],
) -> None:
    """Raises Refused for the first fabric whose controller is another than policy or the last run knew.

    known: each fabric's controller, as the state has it from the runs before.
    """
    for fabric in fabrics:
        seen, pinned, last = observed[fabric.name].controller, fabric.controller, known.get(fabric.name)
        if pinned is not None:
            if seen is None:
                raise Refused(
                    f"the fabric `{fabric.name}` does not tell who its controller is, and policy pins "
                    f"`{pinned.node}`",
                    help="delete `controller` in policy/fabrics.yaml, or choose a driver that tells",
                )
            if not _same(pinned, seen):
                raise _refusal(fabric, seen, pinned, "policy/fabrics.yaml pins")
        if seen is None or last is None or _same(last, seen):
            continue
        if pinned is None or (len(pinned) == len(pinned.node) and pinned.node == last.node):
            raise _refusal(fabric, seen, last, "the last run met")


def remembered(
    observed: Mapping[Label, Observed], known: Mapping[Label, ControllerPin]
) -> dict[Label, ControllerPin]:
    """Each fabric's controller after a run; one that was not asked is what it was."""
    told = ((name, seen.controller or known.get(name)) for name, seen in observed.items())
    return {name: controller for name, controller in told if controller is not None}


def _same(pin: ControllerPin, seen: ControllerPin) -> bool:
    """Whether a pin, by id alone or by key, is of the controller that is seen."""
    return seen.startswith(pin)


def _refusal(fabric: FabricPolicy, seen: ControllerPin, wanted: ControllerPin, who: str) -> Refused:
    if seen.node == wanted.node:
        what = f"has the node id `{seen.node}` with another key than the one that {who}"
    else:
        what = f"is `{seen.node}`, and not `{wanted.node}`, which {who}"
    return Refused(
        f"the controller of fabric `{fabric.name}` at `{fabric.url}` {what}",
        help="find out who answers there. If you replaced the controller, say so in policy/fabrics.yaml: "
        f'`controller: "{seen}"`; if you lost its identity.secret, put that back',
    )
