"""The fault matrix: what is done to a rollout at which step, and how it has to end.

Law: data only. `fault_matrix.py` plays each row on real parts, `docs/rollout.md` shows it.
After every row, whatever its end: the route server runs the old text or the new one, whole; its file is what
it runs; the receipt does not name another; and a second run converges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ztix.rollout import Ended


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix.

    step: the verb of the agent that is struck; `probe` is a measurement while armed.  fault: what happens, in
    words.  deed: what `matrix_lab.py` does to bring it about; `before X`, `during X` and `after X` are done
    on the route server around that verb.  ends: how the rollout may end; none where its client dies.
    text: which text is rolled out.  flaps: members whose sessions may restart.
    """

    step: str
    fault: str
    deed: str
    ends: tuple[Ended, ...]
    text: str = "good"
    flaps: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The row as a word."""
        return f"{self.step}-{self.fault}".replace(" ", "-").replace("`", "")


M2, ALL = ("m2",), ("m1", "m2")
U, R, C, V, L = (
    (Ended.UNREACHABLE,),
    (Ended.REFUSED,),
    (Ended.CONFIRMED,),
    (Ended.REVERTED,),
    (Ended.LOCKED,),
)


def _cuts() -> Iterator[Row]:
    ends = {
        "status": U,
        "lock": U,
        "upload": U,
        "prove": U,
        "health": U,
        "arm": V,
        "probe": V,
        "confirm": C,
        "unlock": C,
    }
    for step, ended in ends.items():
        for when in ("before", "during", "after"):
            yield Row(step, f"connection cut {when}", f"{when} {step}: cut", ended)
    for when in ("before", "during", "after"):
        yield Row("revert", f"connection cut {when}", f"{when} revert: cut", V, "loses a session", M2)


def _answers() -> Iterator[Row]:
    kinds = {
        "garbage": "garbage",
        "nothing": "nothing",
        "megabytes": "megabytes",
        "control characters": "escapes",
    }
    for words, deed in kinds.items():
        # The last is a whole answer, which says no in words that would act on a terminal.
        yield Row(
            "status", f"agent answers {words}", f"after status: answer {deed}", R if deed == "escapes" else U
        )
    for step, ended in (("lock", U), ("arm", V), ("probe", V), ("confirm", C)):
        yield Row(step, "agent answers garbage", f"after {step}: answer garbage", ended)


ROWS: tuple[Row, ...] = (
    *_cuts(),
    *_answers(),
    Row("status", "host key changed", "other host key", U),
    Row("status", "wrong user", "other user", U),
    Row("status", "BIRD not running", "before status: stop BIRD", U, flaps=ALL),
    Row("status", "control socket hangs", "before status: hang BIRD", U),
    Row("upload", "upload truncated", "before upload: truncate", R),
    Row("lock", "disk full", "before lock: fill disk", R),
    Row("upload", "disk full", "before upload: fill disk", R),
    Row("prove", "disk full", "before prove: fill disk", R),
    Row("arm", "disk full", "before arm: fill disk", R),
    Row("confirm", "disk full", "before confirm: fill disk", (Ended.STUCK, Ended.REVERTED)),
    Row(
        "revert",
        "disk full",
        "before revert: fill disk",
        (Ended.STUCK, Ended.REVERTED),
        "loses a session",
        M2,
    ),
    Row("status", "read-only directory", "before status: read-only", R),
    Row("upload", "read-only directory", "before upload: read-only", R),
    Row("arm", "read-only directory", "before arm: read-only", R),
    Row("prove", "`bird -p` fails only there", "nothing", R, "unparsable"),
    Row("arm", "configure refused", "proof is blind", R, "unparsable"),
    Row("arm", "BIRD not running", "before arm: stop BIRD", R, flaps=ALL),
    Row("arm", "control socket hangs", "before arm: hang BIRD", (Ended.REFUSED, Ended.REVERTED)),
    Row("probe", "control socket hangs for a moment", "before probe: hang BIRD", V),
    Row(
        "confirm",
        "control socket hangs for a moment",
        "before confirm: hang BIRD",
        (Ended.REVERTED, Ended.CONFIRMED),
    ),
    Row("probe", "sessions do not come back", "nothing", V, "loses a session", M2),
    Row("probe", "routes do not come back", "nothing", V, "loses routes"),
    Row("prove", "daemon restarted", "before prove: restart BIRD", C, flaps=ALL),
    Row("probe", "daemon restarted while armed", "before probe: restart BIRD", V, flaps=ALL),
    Row("confirm", "daemon restarted while armed", "before confirm: restart BIRD", V, flaps=ALL),
    Row("probe", "machine restarted while armed", "before probe: restart machine", V, flaps=ALL),
    Row(
        "probe",
        "somebody configures by hand while armed",
        "before probe: configure by hand",
        V,
        "loses a session",
        M2,
    ),
    Row("prove", "clock jumps a year ahead", "before prove: clock ahead", C),
    Row("probe", "clock jumps an hour back", "before probe: clock back", C),
    Row("lock", "two runs at once", "other run", L),
    Row("upload", "client killed", "before upload: kill client", ()),
    Row("arm", "client killed before", "before arm: kill client", ()),
    Row("arm", "client killed after", "after arm: kill client", ()),
    Row("confirm", "client killed before", "before confirm: kill client", ()),
    Row("confirm", "client killed after", "after confirm: kill client", ()),
)
