"""The rows of the corpus, by what they try."""

from __future__ import annotations

from tests.hostile.pull import Pull
from tests.hostile.rows.authority import AUTHORITY
from tests.hostile.rows.good import GOOD
from tests.hostile.rows.injection import INJECTION
from tests.hostile.rows.lookups import LOOKUPS
from tests.hostile.rows.merges import MERGES
from tests.hostile.rows.node_signatures import NODE_SIGNATURES
from tests.hostile.rows.owners import OWNERS
from tests.hostile.rows.paths import PATHS
from tests.hostile.rows.places import PLACES
from tests.hostile.rows.signatures import SIGNATURES
from tests.hostile.rows.speakers import SPEAKERS
from tests.hostile.rows.texts import TEXTS
from tests.hostile.rows.tokens import TOKENS

DEEDS: tuple[Pull, ...] = (
    *OWNERS,
    *SPEAKERS,
    *SIGNATURES,
    *NODE_SIGNATURES,
    *TOKENS,
    *AUTHORITY,
    *MERGES,
    *PLACES,
    *LOOKUPS,
    *GOOD,
)
"""What is done, and by whom."""

CONTENTS: tuple[Pull, ...] = (*PATHS, *TEXTS, *INJECTION)
"""What is in files, and what they are called."""

PULLS = (*DEEDS, *CONTENTS)
