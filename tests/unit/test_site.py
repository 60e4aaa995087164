"""The website of an exchange: what each page tells, of whom, and what it never tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.exchange_fixture import EXCHANGE, POLICY, good_files, member_text, read
from ztix.drivers.templates import load_default_templates
from ztix.evidence import Evidence
from ztix.exchange import Exchange
from ztix.render import BrokenTemplate
from ztix.routeserver import views
from ztix.site import Record, Register, Source, Turn, build
from ztix.site.history import counts, events, since
from ztix.site.plot import plot
from ztix.site.render import Pages
from ztix.site.runs import accepted, runs
from ztix.terms import Asn

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEMPLATES = load_default_templates()
PUBLICATION = """\
publication:
  city: Amsterdam
  country: NL
  support_email: noc@ix.example.net
  looking_glass: https://lg.ix.example.net/
"""


def source(changes: Mapping[str, str | None] | None = None, **more: object) -> Source:
    """The good exchange with these files changed, or (None) gone."""
    files = {path: text for path, text in {**good_files(), **(changes or {})}.items() if text is not None}
    exchange = read(files)
    evidence = Evidence(AT)
    return replace(Source(exchange, evidence, tuple(views(exchange, evidence)), AT), **more)  # type: ignore[arg-type] # fields of Source


def site(changes: Mapping[str, str | None] | None = None, **more: object) -> dict[str, str]:
    """The files of its site."""
    return build(source(changes, **more), TEMPLATES)


def turn(day: int, asn: int, joined: bool, before: str | None = None, commit: str = "") -> Turn:
    at = datetime(2026, 1, day, tzinfo=UTC)
    return Turn(
        at, commit or f"commit-{day}", Asn(asn), joined, before.encode() if before is not None else None
    )


def receipt(finished: str, exit_code: int = 0, *outcomes: str) -> bytes:
    """A receipt with one route server that was confirmed."""
    return json.dumps(
        {
            "schema": "ztix.receipt.v1",
            "revision": "r",
            "finished": finished,
            "exit": exit_code,
            "outcomes": [{"outcome": word} for word in outcomes],
            "rollouts": [{"route_server": "rs1", "ended": "confirmed"}],
        }
    ).encode()


def applied(sessions: int) -> bytes:
    """What a run left: one route server with so many sessions, and nothing on fabrics."""
    server = {"digest": f"sha256:{0:064}", "sessions": [f"s{number}" for number in range(sessions)]}
    state = {"schema": "ztix.applied.v1", "revision": None, "fabrics": {}, "route_servers": {"rs1": server}}
    return json.dumps(state).encode()


def test_site_when_built_has_a_page_for_each_member_and_the_rest() -> None:
    """Names are made of AS numbers; without a block for IX-F there is no list."""
    assert set(site()) == {
        *("style.css", "site.js", "icon.svg", "index.html", "route-servers.html", "policy.html"),
        *("join.html", "status.html", "feed.xml", "members/AS64500.html", "members/AS64501.html"),
    }
    assert site(ixf="{}\n")["ixf.json"] == "{}\n"


def test_site_when_built_twice_is_the_same() -> None:
    """Nothing of it comes from a clock or from chance."""
    assert site() == site()


def test_site_tells_what_policy_publishes_and_leaves_out_what_it_does_not() -> None:
    """Place, mail, looking glass and the list are there where policy has them."""
    told = site({"policy/exchange.yaml": EXCHANGE + PUBLICATION}, ixf="{}")
    assert "Amsterdam, NL · AS64496" in told["index.html"]
    assert 'href="mailto:noc@ix.example.net"' in told["index.html"]
    assert 'href="../ixf.json"' in told["members/AS64500.html"]
    assert "https://lg.ix.example.net/" in told["members/AS64500.html"]
    bare = site()
    assert all(word not in text for text in bare.values() for word in ("mailto:", "ixf.json", "lg.ix"))


def test_site_never_tells_contacts_or_how_maintainers_reach_anything() -> None:
    """Mail addresses and accounts of members, hosts and keys of route servers, tokens of controllers."""
    for text in site().values():
        assert not any(word in text for word in ("noc@as64501", "user64501", "rs1.example.net", "TOKEN"))


def test_member_page_tells_addresses_sessions_and_limits() -> None:
    """With every option of a session in the words of the field."""
    bgp = "    bgp: {extended_next_hop: true, add_paths: true, bfd: true, ttl_security: true}\n"
    routing = "sessions: {bfd: true}\nmembers:\n  - {asn: 64500, sessions: {password: as64500}}\n"
    text = member_text(64500, bgp) + "expires: 2027-01-31\nas_set: {ipv4: AS-EXAMPLE}\n"
    page = site({"members/AS64500.yaml": text, "policy/routing.yaml": routing})["members/AS64500.html"]
    for words in (
        "192.0.2.10",
        "2001:db8:64:96::1<",
        "GTSM",
        "BFD",
        "all paths",
        "IPv4 over IPv6",
        "TCP MD5",
    ):
        assert words in page
    assert "BGP role" in page
    assert "IPv4 200" in page
    assert "AS-EXAMPLE" in page
    assert "2027-01-31" in page
    assert "ztix router-config AS64500 --for bird2" in page


def test_member_page_without_nodes_or_checks_says_so() -> None:
    """No node, no session, and an IRR that is not asked."""
    text = "asn: 64500\nname: Nobody\ncontacts: [{email: a@example.net}]\nstatus: suspended\n"
    page = site({"members/AS64500.yaml": text})["members/AS64500.html"]
    assert "No node yet." in page
    assert "none, without a session" in page
    assert "not checked" in site({"policy/routing.yaml": "prefix_sets: 'off'\n"})["members/AS64500.html"]


def test_site_of_an_exchange_without_members_or_route_servers_is_whole() -> None:
    """Every page says what there is not."""
    gone = {f"members/AS{asn}.yaml": None for asn in (64500, 64501)}
    told = site({**gone, "policy/route-servers.yaml": "route_servers: []\n"})
    assert "There is no member yet." in told["index.html"]
    assert "This exchange has none." in told["route-servers.html"]
    assert "Filters, from a member" not in told["policy.html"]
    assert "no route servers" in told["join.html"]
    assert "Nothing is recorded yet." in told["status.html"]


CHOICES = {
    "prefix_sets: enforce-or-rov-valid": "where that is ROV valid",
    "prefix_sets: 'off'": "not checked against the IRR",
    "next_hop: same-as": "an address of the same member",
    "next_hop: authorised": "the exchange lets the member use",
    "blackhole: {members: listed}": "Members that the exchange names",
    "blackhole: {members: all}": "Members may have prefixes of theirs blackholed",
    "transit_free: []": "Nobody may have",
    "prefixes_denied: [198.51.100.0/24]": "1 prefixes are accepted from nobody",
    "rov: {invalid: accept}": "(RFC 6811) is accepted",
    "informational: false": "last choice",
    "graceful_shutdown: false": "ROV and IRR state",
    "max_prefixes: {counted: accepted}": "Accepted prefixes count",
    "max_prefixes: {action: shutdown}": "until somebody starts it again",
    "max_prefixes: {action: warn}": "the log tells",
    "max_prefixes: {action: block}": "no new prefixes",
    "sessions: {roles: 'off'}": "BGP roles are not used",
    "sessions: {roles: strict}": "must tell its BGP role",
    "sessions: {ttl_security: true, bfd: true}": "GTSM",
    "sessions: {add_paths: false}": "hold time",
}


@pytest.mark.parametrize(("text", "words"), CHOICES.items())
def test_policy_page_says_each_choice_in_words(text: str, words: str) -> None:
    """Whatever policy may choose has a sentence."""
    assert words in site({"policy/routing.yaml": f"{text}\n"})["policy.html"].replace("&#39;", "'")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("peeringdb: required\n", "has a record in PeeringDB"),
        ("peeringdb: 'off'\n", "No record in PeeringDB"),
        ("entry: invited\n", "Whoever has an invitation"),
        ("asns_allowed: [64496-64511]\n", "whose AS number policy names"),
        ("node_proof: advisory\n", "without that a maintainer looks"),
        ("node_proof: 'off'\n", "Nodes need not sign"),
    ],
)
def test_policy_page_says_who_may_join(text: str, words: str) -> None:
    """Each way to be admitted has a sentence."""
    admission = "reserved_asns_allowed: [64496-64511]\n" + text
    assert words in site({"policy/admission.yaml": admission})["policy.html"]


def test_join_page_goes_by_policy() -> None:
    """Proofs, invitation and the network's id are the exchange's own."""
    admission = "reserved_asns_allowed: [64496-64511]\nproofs: []\nentry: invited\nnode_proof: 'off'\n"
    fabrics = POLICY["policy/fabrics.yaml"].replace('"000001"', '"8056c2e21c000001"')
    told = site({"policy/admission.yaml": admission, "policy/fabrics.yaml": fabrics})["join.html"]
    assert "--invitation invitation" in told
    assert "A maintainer vouches" in told
    assert "zerotier-cli join 8056c2e21c000001" in told
    assert "ztix sign" not in told
    assert "NETWORK stands for" in site()["join.html"]


def test_policy_page_has_communities_with_the_exchange_s_numbers() -> None:
    """Without standard forms where its number fits none."""
    told = site()["policy.html"]
    assert "64496:0:peer" in told
    assert "0:64496" in told
    large = site({"policy/exchange.yaml": EXCHANGE.replace("64496", "65551")})["policy.html"]
    assert "65551:0:peer" in large
    assert "65501:peer" not in large


def exchange() -> Exchange:
    return read(good_files())


def test_events_are_those_of_whole_files_only() -> None:
    """Who is here by today's file, who left by its last one; what cannot be read never was."""
    register = Register(
        (
            turn(1, 64500, True, commit="first"),
            turn(2, 64502, True),
            turn(3, 64503, True),
            turn(3, 64504, True),
            turn(4, 64502, False, member_text(64502)),
            turn(5, 64503, False, "asn: 64503\nname: half\n"),
            turn(6, 64504, False, ": no YAML"),
            turn(7, 64505, False),
            turn(8, 64506, True),
        ),
        cut="first",
    )
    told = events(exchange(), register)
    assert [(event.at.day, event.name, event.joined, event.seen, event.here) for event in told] == [
        (1, "Example 64500", True, False, True),
        (2, "Example 64502", True, True, False),
        (4, "Example 64502", False, True, False),
    ]
    assert [count for _, count in counts(told)] == [1, 2, 1]
    assert since(told) == {Asn(64502): datetime(2026, 1, 2, tzinfo=UTC)}


def test_events_of_one_commit_are_told_by_as_number() -> None:
    """Whatever order git has them in, the list and the feed, newest first, count upwards within a commit."""
    joined = tuple(turn(1, asn, True, commit="first") for asn in (64501, 64500))
    told = site(register=Register((*joined, turn(2, 64502, True), turn(3, 64502, False, member_text(64502)))))
    feed = [line for line in told["feed.xml"].splitlines() if line.startswith("<title>")]
    assert [line.split("(")[1].split(")")[0] for line in feed[1:]] == [
        "AS64502",
        "AS64502",
        "AS64500",
        "AS64501",
    ]


def test_status_page_lists_joins_and_leaves_with_links_to_who_is_here() -> None:
    """A feed has the same, the newest first, and says so when history is cut."""
    turns = (
        turn(1, 64501, True, commit="first"),
        turn(2, 64500, True),
        turn(3, 64502, True),
        turn(4, 64502, False, member_text(64502)),
    )
    told = site(register=Register(turns, "first"))
    assert 'href="members/AS64500.html"' in told["status.html"]
    assert "does not reach back" in told["status.html"]
    assert "Member since" in told["members/AS64500.html"]
    assert "Member since" not in told["members/AS64501.html"]
    titles = [line for line in told["feed.xml"].splitlines() if line.startswith("<title>")]
    assert titles[1:] == [
        "<title>Example 64502 (AS64502) left</title>",
        "<title>Example 64502 (AS64502) joined</title>",
        "<title>Example 64500 (AS64500) joined</title>",
    ]


def test_runs_are_those_that_can_be_read() -> None:
    """A record of another shape, or without a time zone, is left out."""
    good = Record(receipt("2026-01-03T00:00:00+00:00", 6, "applied", "failed"), applied(3))
    bad = [
        Record(b"{}", applied(1)),
        Record(receipt("2026-01-03T00:00:00"), applied(1)),
        Record(receipt("yesterday"), applied(1)),
        Record(receipt("2026-01-03T00:00:00Z"), b"[]"),
    ]
    (run,) = runs((*bad, good))
    assert (run.applied, run.open, run.live, run.servers, run.sessions, run.well) == (1, 1, 1, 1, 3, False)


def test_status_page_shows_runs_and_plots_sessions_from_two_on() -> None:
    """The newest run is first, and one alone has no plot."""
    lone = Record(
        json.dumps({**json.loads(receipt("2026-01-03T00:00:00Z")), "rollouts": []}).encode(), applied(2)
    )
    told = site(records=(lone,))["status.html"]
    assert "2026-01-03 00:00" in told
    assert '<td class="number">none</td>' in told
    assert "<svg" not in told
    later = Record(receipt("2026-01-04T00:00:00Z", 6, "skipped"), applied(5))
    told = site(records=(later, lone))["status.html"]
    assert "Sessions set up: 2 on 2026-01-03, 5 on 2026-01-04." in told
    assert told.index("2026-01-04 00:00") < told.index("2026-01-03 00:00")


def counted(record: Record, day: int, **routes: int) -> Record:
    """The record as of another day, of a run that counted routes on these route servers."""
    told, state = json.loads(record.receipt), json.loads(record.applied)
    rollouts = [
        {"route_server": name, "ended": "confirmed", "sessions_up": 1, "routes_accepted": count}
        for name, count in routes.items()
    ]
    told |= {"finished": f"2026-01-{day:02}T00:00:00Z", "rollouts": rollouts}
    state["route_servers"] |= {"rs2": state["route_servers"]["rs1"]}
    return Record(json.dumps(told).encode(), json.dumps(state).encode())


def test_routes_are_added_up_over_route_servers_and_kept_until_counted_again() -> None:
    """A run that rolled out on one of two leaves the other's count; one that is given up has none."""
    base = Record(receipt("2026-01-03T00:00:00Z"), applied(1))
    known = runs((counted(base, 4, rs1=10, rs2=20), counted(base, 5), counted(base, 6, rs2=25), base))
    assert [(at.day, count) for at, count in accepted(known)] == [(4, 30), (6, 35)]
    later = Record(counted(base, 7, rs1=11).receipt, base.applied)
    assert [count for _, count in accepted((*known, *runs((later,))))] == [30, 35, 11]
    assert runs((counted(base, 8, rs1=-1),)) == ()


def test_status_page_plots_routes_from_two_counts_on() -> None:
    """One count has no plot, two have one, with a word on how they are counted."""
    base = Record(receipt("2026-01-03T00:00:00Z"), applied(1))
    first, second = counted(base, 4, rs1=10), counted(base, 5, rs1=12)
    assert "Routes accepted" not in site(records=(first, base))["status.html"]
    told = site(records=(second, first, base))["status.html"]
    assert "Routes accepted: 10 on 2026-01-04, 12 on 2026-01-05." in told
    assert "added up over all of them" in told


def test_plot_steps_from_value_to_value() -> None:
    """A number holds until the next one; the last one holds to the end."""
    made = plot("members", "Members", [(AT, 1), (AT + timedelta(days=5), 3)], AT + timedelta(days=10))
    assert made is not None
    assert made.line == "M48 155H376V16H704"
    assert made.rows == (("2026-01-07", 3), ("2026-01-02", 1))
    assert [tick.text for tick in made.y] == ["0", "1", "2", "3"]
    assert made.x[0].text == "2026-01-02"
    assert made.x[-1].text == "2026-01-12"


@pytest.mark.parametrize(
    ("most", "expected"), [(0, [0, 1]), (4, [0, 1, 2, 3, 4]), (7, [0, 2, 4, 6, 8]), (950, [0, 250, 500])]
)
def test_plot_has_round_numbers_beside_it(most: int, expected: list[int]) -> None:
    """At most five, from nought, and none below the greatest value."""
    made = plot("n", "N", [(AT, most)], AT)
    assert made is not None
    values = [int(tick.text) for tick in made.y]
    assert values[-1] >= most
    assert len(values) <= 5
    assert most > 100 or values == expected


def test_plot_of_nothing_is_none() -> None:
    """There is no picture of no number."""
    assert plot("n", "N", [], AT) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{{ page.nothing }}", "has no attribute 'nothing'"),
        ("{{ page._hidden }}", "unsafe"),
        ("{{ page.upper }}", "unsafe"),
        ("{{ half }}", "`float`: neither text nor number"),
        ("{{ title|safe }}", "No filter named 'safe'"),
        ("{% include 'site/none.j2' %}", "`site/none.j2` is missing"),
    ],
)
def test_template_that_is_broken_is_told_with_its_place(text: str, words: str) -> None:
    """No value is printed that is not there or not meant, and no method is called."""
    pages = Pages({"site/x.html.j2": text}, {"title": "T", "half": 0.5})
    with pytest.raises(BrokenTemplate) as caught:
        pages.page("x.html", page="a text")
    assert words in str(caught.value)
    assert caught.value.path == "templates/site/x.html.j2"


def test_template_cannot_call() -> None:
    """Not even what a block of its own defines."""
    pages = Pages({"site/x.html.j2": "{% macro m() %}x{% endmacro %}{{ m() }}"}, {})
    with pytest.raises(BrokenTemplate, match="not safely callable"):
        pages.page("x.html")


def test_page_escapes_texts_and_what_a_template_puts_together() -> None:
    """Markup in a text is text."""
    pages = Pages({"site/x.html.j2": "{{ a }}{% set b %}{{ a }}{% endset %}{{ b }}{{ 7 }}"}, {"a": "<b>"})
    assert pages.page("x.html") == "&lt;b&gt;&amp;lt;b&amp;gt;7"
