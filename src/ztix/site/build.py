"""The files of a site: each page's values handed to its template.

Law: pure. Names of files are made of labels and AS numbers; links in them are relative, so that a site works
below any address and from a folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ztix.policy import Policy
from ztix.site.communities import community_lines, export_lines, import_lines, well_known_lines
from ztix.site.feed import feed, moment
from ztix.site.history import Event, counts, events, since
from ztix.site.members import active, member_pages
from ztix.site.plot import day, plot
from ztix.site.policy_words import admission_section, proofs, routing_sections
from ztix.site.render import Pages
from ztix.site.runs import accepted, runs
from ztix.site.servers import fabric_lines, server_lines
from ztix.site.source import Source
from ztix.site.status import event_line, run_line

ASSETS = ("style.css", "site.js", "icon.svg")
RECENT = 20
"""Events and runs that the page of the status lists."""
POINTS = 2
"""Runs from which on a plot says more than a sentence."""


def build(source: Source, templates: Mapping[str, str]) -> dict[str, str]:
    """Every file of the site by its path. templates: by path below `templates/`. Raises BrokenTemplate."""
    pages = Pages(templates, _everywhere(source))
    told = events(source.exchange, source.register)
    written = {name: pages.page(name) for name in ASSETS}
    written.update(_members(source, pages, told))
    written["route-servers.html"] = pages.page(
        "route-servers.html", here="route-servers", top="", servers=server_lines(source.views)
    )
    written["policy.html"] = _policy(source, pages)
    written["join.html"] = _join(source, pages)
    written["status.html"] = _status(source, pages, told)
    written["feed.xml"] = pages.page(
        "feed.xml", feed=feed(source.exchange.policy.exchange.name, told, source.at)
    )
    if source.ixf is not None:
        written["ixf.json"] = source.ixf
    return written


def _everywhere(source: Source) -> dict[str, object]:
    policy = source.exchange.policy.exchange
    told = policy.publication
    return {
        "title": policy.title,
        "asn": int(policy.asn),
        "place": ", ".join(str(part) for part in (told.city, told.country) if part),
        "support": told.support_email or "",
        "looking_glass": told.looking_glass or "",
        "ixf": "ixf.json" if source.ixf is not None else "",
        "as_of": moment(source.at),
        "as_of_day": day(source.at),
        "commit": source.exchange.revision[:12],
    }


def _members(source: Source, pages: Pages, told: tuple[Event, ...]) -> Iterator[tuple[str, str]]:
    found = member_pages(source, since(told))
    yield (
        "index.html",
        pages.page(
            "index.html",
            here="index",
            top="",
            rows=tuple(page.row for page in found),
            active=active(source.exchange),
            servers=len(source.views),
            sessions=sum(len(view.sessions) for view in source.views),
        ),
    )
    for page in found:
        yield page.row.page, pages.page("member.html", here="member", top="../", page=page)


def _policy(source: Source, pages: Pages) -> str:
    policy = source.exchange.policy
    own = policy.exchange.asn
    return pages.page(
        "policy.html",
        here="policy",
        top="",
        sections=(*routing_sections(policy), admission_section(policy.admission)),
        imports=import_lines(source.views, own),
        exports=export_lines() if source.views else (),
        control=community_lines(own, control=True),
        set_here=community_lines(own, control=False),
        well_known=well_known_lines(),
    )


def _join(source: Source, pages: Pages) -> str:
    policy: Policy = source.exchange.policy
    return pages.page(
        "join.html",
        here="join",
        top="",
        fabrics=fabric_lines(policy),
        servers=server_lines(source.views),
        proofs=proofs(policy.admission),
        invited=policy.admission.entry == "invited",
        node_proof=policy.admission.node_proof != "off",
    )


def _status(source: Source, pages: Pages, told: tuple[Event, ...]) -> str:
    known = runs(source.records)
    newest = [event for event in reversed(told) if event.seen]
    points, routes = tuple((run.at, run.sessions) for run in known), accepted(known)
    ran = max([source.at, *(run.at for run in known)])
    return pages.page(
        "status.html",
        here="status",
        top="",
        active=active(source.exchange),
        total=len(source.exchange.members),
        members=plot("members", "Members", counts(told), source.at),
        sessions=plot("sessions", "Sessions set up", points, ran) if len(points) >= POINTS else None,
        routes=plot("routes", "Routes accepted", routes, ran) if len(routes) >= POINTS else None,
        runs=tuple(map(run_line, reversed(known[-RECENT:]))),
        events=tuple(map(event_line, newest))[:RECENT],
        cut=source.register.cut is not None,
    )
