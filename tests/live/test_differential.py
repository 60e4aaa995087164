"""The decisions in Python and the real BIRD agree on random announcements, one by one.

`ZTIX_SEED` repeats a run, `ZTIX_ANNOUNCEMENTS` says how many each BIRD gets.
"""

from __future__ import annotations

import os
import secrets

import pytest

from tests.differential_exchanges import POLICIES, the_view
from tests.live.bird import BIRDS
from tests.live.differential import announcements, comparison

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
]

SEED = int(os.environ.get("ZTIX_SEED", secrets.randbelow(10**9)))
SIZE = int(os.environ.get("ZTIX_ANNOUNCEMENTS", "4000"))
BATCH = 2000
CONTESTED = 0.2  # of the announcements, those whose prefix others announce too


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", sorted(BIRDS))
def test_decisions_and_bird_agree_on_random_announcements(name: str, policy: str) -> None:
    """Accepted or rejected and why, with which attributes, and what each client has: the best that it may."""
    print(f"ZTIX_SEED={SEED} ZTIX_ANNOUNCEMENTS={SIZE}")
    size = SIZE // len(POLICIES)
    version = "2.0.12" if name == "bird2" else "3.1"
    with comparison(the_view(policy, version), BIRDS[name]) as found:
        draws = announcements(found, SEED)
        disagreements: list[str] = []
        for start in range(0, size, BATCH):
            disagreements += found.round(list(draws.batch(min(BATCH, size - start), CONTESTED)))
        print(dict(found.counts))
        assert not disagreements, f"{len(disagreements)} disagreements\n" + "\n".join(disagreements[:20])
