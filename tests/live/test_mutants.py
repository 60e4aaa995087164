"""A route server whose text lacks one step is caught by the comparison with the decisions.

`ZTIX_SEED` repeats a run.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from tests.differential_exchanges import the_view
from tests.live.bird import BIRDS
from tests.live.differential import Comparison, announcements, comparison
from ztix.drivers.templates import load_default_templates
from ztix.render import render
from ztix.routeserver import EXPORT_STEPS, STEPS

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root; run `sudo make test`"),
]

SEED = int(os.environ.get("ZTIX_SEED", secrets.randbelow(10**9)))
# ASPAs come from caches, and nothing but BGP fills the table: without these two nothing is different here.
UNSEEN = {"bird/steps/aspa.j2", "bird/export/not-bgp.j2"}
TEMPLATES = [
    name
    for name in (*(step.template for step in STEPS), *(step.template for step in EXPORT_STEPS))
    if name not in UNSEEN
]


@pytest.fixture(scope="module")
def found() -> Iterator[Comparison]:
    """The exchange whose policy uses every step, and which agrees to begin with."""
    with comparison(the_view("rich", "2.0.12"), BIRDS["bird2"]) as made:
        assert not made.round(list(announcements(made, SEED).batch(500)))
        yield made


@pytest.mark.parametrize("template", TEMPLATES)
def test_text_that_lacks_a_step_is_caught(found: Comparison, template: str) -> None:
    """Within a few thousand announcements, and whole again the two agree."""
    print(f"ZTIX_SEED={SEED}")
    whole = load_default_templates()
    draws = announcements(found, SEED)
    found.router.reconfigure(render(found.view, {**whole, template: "\n"}))
    caught = any(found.round(list(draws.batch(800))) for _ in range(8))
    found.router.reconfigure(render(found.view, whole))
    assert caught, f"nothing shows that `{template}` is missing"
    found.round([])  # all is withdrawn before the next batch, so that no reload runs beside it
    again = found.round(list(draws.batch(200)))
    assert not again, again[:10]
