"""Whatever members call themselves, what outsiders read stays whole, and no other form has their words."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tests.ixf_importer import import_list, validate
from tests.unit.exchange_fixture import EXCHANGE, good_files, read
from tests.unit.test_cli_export import PUBLICATION
from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.export.alice_lg import alice_lg
from ztix.export.csv_table import csv_table
from ztix.export.dns_zones import zones
from ztix.export.ixf import member_list
from ztix.export.prometheus_targets import prometheus_targets
from ztix.member import Member

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SIGNS = "=+-@;,|\"'`<>&\\/{}[]()#%$!\u2028 AZaz09\uff1d\uff0b\u00e9\u4e2d\U0001f600"
NAMES = (
    st.one_of(st.text(SIGNS, min_size=1, max_size=40), st.text(min_size=1, max_size=120))
    .map(lambda text: "".join(sign for sign in text if sign.isprintable()).strip())
    .filter(bool)
)
FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"


def exchange(name: str = "Example") -> Exchange:
    """The good exchange, one of whose members has this name."""
    made = read({**good_files(), "policy/exchange.yaml": EXCHANGE + PUBLICATION})
    first, *others = made.members
    member = Member.model_validate({**first.member.model_dump(), "name": name})
    return replace(made, members=(replace(first, member=member), *others))


@given(NAMES)
def test_export_whatever_a_member_calls_itself_is_valid_and_says_so(name: str) -> None:
    """The list validates, imports without an error, and holds the name as it is; no tag can begin in it."""
    made = exchange(name)
    text = member_list(made, Evidence(AT), AT).text
    assert validate(text)["member_list"][1]["name"] == name
    lan = made.policy.fabrics.fabrics[0].prefixes
    plain = import_list(member_list(exchange(), Evidence(AT), AT).text, lan)
    assert import_list(text, lan) == plain
    assert not set(text) & set("<>&\u2028\u2029")


@given(NAMES)
def test_export_whatever_a_member_calls_itself_computes_nothing_in_a_table(name: str) -> None:
    """Cells and rows stay where they are, none begins a formula, also where semicolons end cells."""
    text = csv_table(exchange(name))
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [len(row) for row in rows] == [8, 8, 8]
    assert rows[1][0] == "64500"
    assert rows[1][1].replace("'", "") == name.replace("'", "")
    cells = [cell for row in rows for cell in row]
    parts = [part.lstrip() for cell in cells for part in cell.split(";")]
    assert not any(part.startswith(tuple(FORMULA)) for part in parts)


@given(NAMES)
def test_export_whatever_a_member_calls_itself_changes_no_byte_of_other_forms(name: str) -> None:
    """Zones, targets and a looking glass's configuration have typed words only."""
    forms = (alice_lg, prometheus_targets, lambda made: zones(made, 1))
    assert [form(exchange(name)) for form in forms] == [form(exchange()) for form in forms]
