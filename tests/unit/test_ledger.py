"""The ledger: who gave what up, who was first, and which files' past matters."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address

from tests.unit.exchange_fixture import NOW, good_exchange, good_files, member_text, read, tree
from ztix.ledger import NO_LEDGER, Ledger, Suspicion, contested, look_back, oldest_of_interest
from ztix.past import NEWEST, OLDEST, Past, Step, Version
from ztix.terms import Label, NodeId

LAN = Label("lan")
V4 = (LAN, 4, 0xC000020A)
NODE = NodeId("1a2b364500")
FIRST, SECOND, THIRD = (f"members/AS{asn}.yaml" for asn in (64500, 64501, 64502))
OWN = member_text(64500)
RIVAL = member_text(64502).replace("192.0.2.12", "192.0.2.10")
DAY = timedelta(days=1)


def step(position: int, path: str, before: str | None, after: str | None) -> Step:
    """A commit, as many days ago as its position."""
    pair = (None if text is None else text.encode() for text in (before, after))
    return Step(position, NOW - position * DAY, (Version(path, *pair),))


def ledger(files: dict[str, str], *steps: Step, tip: dict[str, str | None] | None = None) -> Ledger:
    """The ledger of these files; `tip` is what the main line has where that is something else."""
    paths = {version.path for one in steps for version in one.versions} | set(tip or ())
    held = {path: (tip or {}).get(path, files.get(path)) for path in paths}
    contents = {path: None if text is None else text.encode() for path, text in held.items()}
    return look_back(tree(files), Past(steps, contents), NOW)


def test_look_back_when_a_member_left_knows_its_addresses() -> None:
    """An address that was deleted with its file was given up then, by that member."""
    found = ledger({THIRD: RIVAL}, step(1, THIRD, None, RIVAL), step(5, FIRST, OWN, None))
    gone = found.rests(V4, THIRD, NOW - 30 * DAY)
    assert gone is not None
    assert (gone.by, gone.at) == (64500, NOW - 5 * DAY)
    assert V4 in found.resting(NOW - 30 * DAY)
    assert V4 not in found.resting(NOW - 30 * DAY, asn=64500)
    assert found.absences[FIRST].accounts == {64500}


def test_rests_when_the_time_is_over_is_nothing() -> None:
    """After the cool-down the address is free."""
    found = ledger({THIRD: RIVAL}, step(1, THIRD, None, RIVAL), step(5, FIRST, OWN, None))
    assert found.rests(V4, THIRD, NOW - 5 * DAY) is None
    assert found.resting(NOW - 5 * DAY) == frozenset()


def test_rests_when_its_holder_takes_it_again_is_nothing() -> None:
    """Who gave an address up may have it back."""
    found = ledger({FIRST: OWN}, step(1, FIRST, None, OWN), step(5, FIRST, OWN, None))
    assert found.rests(V4, FIRST, NOW - 30 * DAY) is None


def test_rests_when_a_rival_gave_way_is_nothing() -> None:
    """Who had the address all the time does not lose it because somebody else took it for a while."""
    steps = (step(1, THIRD, RIVAL, member_text(64502)), step(2, THIRD, None, RIVAL))
    found = ledger({FIRST: OWN, THIRD: member_text(64502)}, *steps, tip={FIRST: OWN})
    assert found.rests(V4, FIRST, NOW - 30 * DAY) is None
    assert found.rests(V4, "policy/route-servers.yaml", NOW - 30 * DAY) is None


def test_rests_when_one_commit_passes_it_on_tells_who_had_it() -> None:
    """To hand an address over is to give it up and take it."""
    files = {FIRST: OWN.replace("192.0.2.10", "192.0.2.99"), THIRD: RIVAL}
    found = ledger(files, tip={FIRST: OWN, THIRD: None})
    gone = found.rests(V4, THIRD, NOW - DAY)
    assert gone is not None
    assert (gone.by, gone.at, gone.position) == (64500, NOW, NEWEST)


def test_look_back_when_a_file_is_no_member_s_leaves_it_out() -> None:
    """A path that names no member has no part in the ledger."""
    assert ledger({}, tip={"members/README.md": "x"}) == NO_LEDGER
    nobody = "members/AS9999999999.yaml"
    assert ledger({}, step(1, nobody, OWN, None)) == NO_LEDGER


def test_first_of_two_who_came_in_turn_is_the_earlier() -> None:
    """The order of commits decides, not that of AS numbers."""
    files = {FIRST: OWN, THIRD: RIVAL}
    found = ledger(files, step(1, FIRST, None, OWN), step(2, THIRD, None, RIVAL))
    claims = tuple(read({**good_files(), **files}).claims())
    rivals = tuple(claim for claim in claims if claim.document.path in files)
    assert found.first(V4, rivals) == THIRD
    assert found.with_keepers([FIRST]).first(V4, rivals) == FIRST


def test_first_of_two_who_came_at_once_is_unknown() -> None:
    """One commit that makes two claims prefers nobody, and neither does a history that nobody has."""
    claims = tuple(read({**good_files(), THIRD: RIVAL}).claims())
    rivals = tuple(claim for claim in claims if claim.document.path in (FIRST, THIRD))
    assert NO_LEDGER.first(V4, rivals) is None
    assert NO_LEDGER.first(V4, rivals[:1]) is None


def test_starts_of_what_was_always_held_are_the_oldest() -> None:
    """A thing that no step touched is older than every step."""
    assert ledger({FIRST: OWN}, tip={FIRST: OWN}).starts[FIRST][NODE] == OLDEST


def test_contested_names_all_who_claim_the_same() -> None:
    """Two members with one address or one node are in conflict; a route server is policy's matter."""
    assert contested(good_exchange().claims()) == frozenset()
    assert contested(read({**good_files(), THIRD: RIVAL}).claims()) == {FIRST, THIRD}
    node = member_text(64502).replace("1a2b364502", "1a2b364500")
    assert contested(read({**good_files(), THIRD: node}).claims()) == {FIRST, THIRD}
    server = member_text(64502).replace("192.0.2.12", "192.0.2.1")
    assert contested(read({**good_files(), THIRD: server}).claims()) == frozenset()


def test_suspicion_falls_on_who_had_another_s_address_and_on_who_has_it() -> None:
    """Both files are followed: when one gave it up, and when the other took it."""
    suspicion = Suspicion.of(good_exchange())
    assert suspicion.paths(RIVAL.encode()) == {FIRST, THIRD}
    assert suspicion.paths(OWN.encode()) == frozenset()
    assert suspicion.paths(b"# a page") == frozenset()


def test_suspicion_falls_on_who_had_an_address_that_is_to_be_proposed() -> None:
    """Nobody holds it now; whoever did is followed."""
    suspicion = Suspicion.of(good_exchange(), [ip_address("192.0.2.12")])
    assert suspicion.paths(member_text(64502).encode()) == {THIRD}


def test_suspicion_falls_on_a_member_with_other_accounts_than_before() -> None:
    """A file that had other accounts may have been somebody else's."""
    other = OWN.replace("id: 64500", "id: 7")
    assert Suspicion.of(good_exchange()).paths(other.encode()) == {FIRST}


def test_oldest_of_interest_is_the_longest_cool_down_ago() -> None:
    """Without a cool-down nothing of the past is of interest."""
    assert oldest_of_interest(NOW, 7, 30) == NOW - 30 * DAY
    assert oldest_of_interest(NOW, 0, 0) is None
