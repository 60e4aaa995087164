"""Chains of records as runs leave them: a state that keeps each write as a commit would.

Law: no git and no file. Ids are made from the number of the record, times from the laboratory's clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.unit.exchange_fixture import member_text
from tests.world import Laboratory, MemoryState
from ztix.applied import Applied
from ztix.chain import WRITER, Chain, Record
from ztix.receipt import Receipt, RefusedRun
from ztix.reconcile import plan, reconcile


def commit_of(number: int) -> str:
    return f"{number + 1:02x}".ljust(40, "c")


def text(value: object) -> bytes:
    return json.dumps(value).encode()


@dataclass
class Recording(MemoryState):
    """The state of a laboratory, with every write as a record."""

    now: Callable[[], datetime] = datetime.now
    records: list[Record] = field(default_factory=list)

    def write(self, applied: Applied, receipt: Receipt | RefusedRun | None, message: str) -> None:
        MemoryState.write(self, applied, receipt, message)
        files: dict[str, bytes | None] = {"applied.json": text(applied.data())}
        if receipt is not None:
            files[receipt.file] = text(receipt.data())
        number = len(self.records)
        parents = (commit_of(number - 1),) if number else ()
        subject = message.partition("\n")[0]
        self.records.append(Record(commit_of(number), parents, WRITER, WRITER, self.now(), subject, files))

    @property
    def chain(self) -> Chain:
        return Chain(tuple(reversed(self.records)))


def laboratory() -> tuple[Laboratory, Recording]:
    """An exchange whose state is recorded, before its first run."""
    made = Laboratory()
    state = Recording(now=lambda: made.now)
    made.state = state
    return made, state


def story() -> tuple[Laboratory, Recording]:
    """Two runs: the exchange as it begins, then a member that leaves while another comes."""
    made, state = laboratory()
    reconcile(made.world, "HEAD")
    del made.files["members/AS64501.yaml"]
    made.files["members/AS64503.yaml"] = member_text(64503)
    made.commit()
    made.now = made.now.replace(hour=5)
    reconcile(made.world, "HEAD", approve=plan(made.world, "HEAD").plan.digest)
    return made, state


def spoilt(chain: Chain, place: int, **fields: object) -> Chain:
    """The chain with one record changed; place counts from the newest."""
    records = list(chain.records)
    records[place] = replace(records[place], **fields)  # type: ignore[arg-type]  # the fields of a Record
    return replace(chain, records=tuple(records))


def edited(chain: Chain, place: int, name: str, edit: Callable[[dict[str, object]], object]) -> Chain:
    """The chain with one file of one record edited."""
    files = dict(chain.records[place].files)
    value = json.loads(files[name] or b"")
    edit(value)
    return spoilt(chain, place, files={**files, name: text(value)})
