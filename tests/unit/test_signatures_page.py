"""The pages about signatures and attestors say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.claim_fixture import AUDIENCE, claim
from ztix.admission.methods.attestation import TTL_MOST_S as ATTESTED_MOST_S
from ztix.admission.methods.attestation import AttestationClaims
from ztix.admission.methods.invitation import TTL_MOST_S
from ztix.admission.signed_token import ALGORITHM, ATTESTATION_KIND, BYTES_MAX
from ztix.admission.statement import NAMESPACE, statement
from ztix.enclosure import Enclosure
from ztix.public_keys import Ed25519Key

ROOT = Path(__file__).resolve().parents[2]
SIGNATURES = (ROOT / "docs" / "signatures.md").read_text("utf-8")
ATTESTOR = (ROOT / "docs" / "attestor.md").read_text("utf-8")


def test_page_when_it_shows_a_statement_shows_the_real_one() -> None:
    """The removal of a file that has `test` in it."""
    exchange = claim().policy.exchange
    assert statement(exchange, "members/AS64500.yaml", b"test", None).decode() in SIGNATURES
    assert f"-n {NAMESPACE}" in SIGNATURES


def test_page_when_it_names_enclosures_names_each_kind() -> None:
    """Each row's file is an enclosure, and no kind is left out."""
    rows = re.findall(r"^\| `(members/[^`]+)`", SIGNATURES, flags=re.M)
    found = [Enclosure.parse(row) for row in rows]
    assert None not in found
    suffixes = {each.suffix for each in found if each}
    assert suffixes == {".yaml.sig", ".node-1a2b3c4d5e.sig", ".invite", ".attestation", ".rsc"}


def test_page_when_it_tells_bounds_tells_those_of_the_code() -> None:
    """Days, bytes, and names of an attestor's statement."""
    assert f"({TTL_MOST_S // 86400} at most)" in SIGNATURES
    assert f"at most {ATTESTED_MOST_S // 86400} days from `iat` to `exp`" in ATTESTOR
    assert f"at most {BYTES_MAX} bytes" in ATTESTOR
    assert f"| `typ` | `{ATTESTATION_KIND}` |" in ATTESTOR
    assert f"| `alg` | `{ALGORITHM}`," in ATTESTOR
    assert AUDIENCE in ATTESTOR


def test_page_when_it_lists_claims_lists_all() -> None:
    """The claims of an attestor's statement, and a key of the right form."""
    table = ATTESTOR.partition("| claim | is |")[2].partition("\n\n")[0]
    names = re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in table.splitlines() if "|" in row))
    assert set(names) == set(AttestationClaims.model_fields)
    key = re.search(r"key: (\S+)", ATTESTOR)
    assert key is not None
    assert Ed25519Key(key[1])
