"""From a view and templates to a text: repeatable, typed, and with a last line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from tests.route_servers import evidence, exchange, expansion, member
from ztix.drivers.templates import load_default_templates
from ztix.errors import Invalid, Unavailable
from ztix.evidence import PrefixSet, Vrp
from ztix.link import END_MARKER
from ztix.render import MAIN_TEMPLATE, BrokenTemplate, own_templates, owner_at, printed, render
from ztix.routeserver import BirdVersion, LogTarget, RouteServerView, Symbol, views
from ztix.routeserver.words import AsnSet
from ztix.terms import Asn, AsnRange, AsSet, Label, LargeCommunity
from ztix.tree import Entry, Kind, Tree

DEFAULTS = load_default_templates()
KNOWN = expansion("AS64500:AS-ALL", [64500, 64502], ["198.51.100.0/24{24,25}"], ["2001:db8:4500::/48"])


def view(**changes: object) -> RouteServerView:
    found = evidence(KNOWN, vrps=(Vrp(ip_network("198.51.100.0/24"), 24, 64500),))
    return views(exchange(member(64500, 10, **changes), member(64501, 11)), found)[0]


def main(text: str) -> Mapping[str, str]:
    return DEFAULTS | {MAIN_TEMPLATE: text}


def test_render_twice_gives_the_same_bytes() -> None:
    """A configuration depends on its view and templates and on nothing else."""
    assert render(view(), DEFAULTS) == render(view(), dict(reversed(DEFAULTS.items())))


def test_render_ends_in_the_end_marker() -> None:
    """A text that was cut short shows it; a template cannot forget the marker."""
    assert render(view(), DEFAULTS).endswith(f"\n# shared\n{END_MARKER}\n")
    assert render(view(), main("x\n\n")) == f"x\n{END_MARKER}\n"


def test_render_always_says_where_the_log_goes() -> None:
    """Without a log directive BIRD writes to the console."""
    assert "\nlog stderr all;\n" in render(view(), DEFAULTS)
    (told,) = views(exchange(), evidence(), LogTarget('"/var/log/bird.log"'))
    assert '\nlog "/var/log/bird.log" all;\n' in render(told, DEFAULTS)


def test_render_writes_the_steps_in_order() -> None:
    """The numbers of the steps stand in the text, ascending, each with its reason."""
    text = render(view(), DEFAULTS)
    body = text[text.index("function zx_import_ipv6") : text.index("function zx_export")]
    places = [body.index(f"  # {step.number}. {step.title}") for step in view().families[1].steps]
    assert places == sorted(places)
    refusals = [int(part.split(")")[0]) for part in body.split("zx_refuse(")[1:]]
    assert refusals == [int(s.reason) for s in view().families[1].steps if s.reason is not None]


def test_render_when_a_member_changes_changes_its_lines_only() -> None:
    """What is one member's stands in its block, so that BIRD reloads nobody else."""
    before = render(view(), DEFAULTS).splitlines()
    after = render(view(max_prefixes={"ipv4": "7"}), DEFAULTS).splitlines()
    changed = [
        number for number, lines in enumerate(zip(before, after, strict=True), 1) if len(set(lines)) > 1
    ]
    assert {owner_at("\n".join(after), number) for number in changed} == {"AS64500"}


def test_owner_at_tells_whose_line_it_is() -> None:
    """A member's block lasts until the next; the rest is everybody's."""
    text = render(view(), DEFAULTS)
    lines = text.splitlines()
    assert owner_at(text, 1) is None
    assert (
        owner_at(text, lines.index("protocol bgp as64500_192_0_2_10 from zx_client_ipv4 {") + 1) == "AS64500"
    )
    assert owner_at(text, lines.index("  neighbor 192.0.2.11 as 64501;") + 1) == "AS64501"
    assert owner_at(text, len(lines)) is None
    assert owner_at(text, len(lines) - 1) is None
    assert owner_at("", 5) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Asn(64500), "64500"),
        (7, "7"),
        (AsnRange(64496, 64511), "64496..64511"),
        (AsnRange(0, 0), "0"),
        (AsnSet((Asn(64500), AsnRange(1, 2))), "[\n  64500,\n  1..2\n]"),
        (AsnSet(), "[]"),
        (PrefixSet(4, ("198.51.100.0/24{24,25}",)), "[\n  198.51.100.0/24{24,25}\n]"),
        (ip_address("192.0.2.1"), "192.0.2.1"),
        (ip_address("2001:db8::1"), "2001:db8::1"),
        (ip_network("192.0.2.0/24"), "192.0.2.0/24"),
        (ip_network("2001:db8::/32"), "2001:db8::/32"),
        (LargeCommunity(64496, 1101, 3), "(64496, 1101, 3)"),
        (Vrp(ip_network("192.0.2.0/24"), 25, 0), "192.0.2.0/24 max 25 as 0"),
        (BirdVersion(2, 0, 12), "2.0.12"),
        (Label("rs-1"), "rs-1"),
        (Symbol("zx_a"), "zx_a"),
        (AsSet("RIPE::AS-X"), "RIPE::AS-X"),
    ],
)
def test_printed_writes_typed_values_as_bird_does(value: object, text: str) -> None:
    """Each typed value has one way to be written."""
    assert printed(value) == text


@pytest.mark.parametrize("value", ["text", True, None, 1.5, ("a",), ["a"], {"a": 1}, b"x", datetime.now(UTC)])
def test_printed_refuses_every_other_value(value: object) -> None:
    """Plain text above all: it might be a stranger's."""
    with pytest.raises(TypeError, match=f"`{type(value).__name__}`"):
        printed(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ view.members[0].nothing }}", r"`templates/bird/bird.conf.j2:1`.*nothing"),
        ("\n{{ nothing }}", r"`templates/bird/bird.conf.j2:2`.*nothing"),
        ('{{ "free text" }}', "`str`"),
        ("{{ view.notices[0].message }}", "`str`"),
        ('{{ view.name ~ "x" }}', "`str`"),
        ("\n\n{% if %}", "`templates/bird/bird.conf.j2:3`"),
        ('{% include "bird/none.j2" %}', "`bird/none.j2` is missing"),
        ("{{ view.__class__ }}", "unsafe"),
        ("{{ view.name.upper }}", "unsafe"),
        ('{{ view["__class__"] }}', "unsafe"),
        ('{{ view.name["upper"] }}', "unsafe"),
        ("{% macro m() %}x{% endmacro %}{{ m() }}", "not safely callable"),
        ("{% for n in range(3) %}{% endfor %}", "not safely callable"),
        ("{{ view.name | upper }}", "upper"),
        ("{{ 1 // 0 }}", "zero"),
        ('{% include "bird/bird.conf.j2" %}', "recursion"),
    ],
)
def test_render_of_a_broken_template_says_where(text: str, message: str) -> None:
    """A broken template of the exchange is its owner's finding: file, line, what to do."""
    with pytest.raises(Invalid, match=message) as caught:
        render(view(), main(text))
    assert caught.value.help


def test_render_without_the_main_template_says_which() -> None:
    """The main template's name is fixed."""
    with pytest.raises(Invalid, match=r"bird/bird\.conf\.j2"):
        render(view(), {})


def tree(*entries: Entry) -> Tree:
    return Tree("test", {entry.path: entry for entry in entries})


def test_own_templates_take_the_place_of_the_packaged() -> None:
    """By name; what is no template is left alone."""
    own = Entry("templates/bird/vrps.j2", Kind.FILE, 2, b"x\n")
    readme = Entry("templates/README.md", Kind.FILE, 2, b"x\n")
    found = own_templates(tree(own, readme), DEFAULTS)
    assert found == DEFAULTS | {"bird/vrps.j2": "x\n"}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Entry("templates/a.j2", Kind.FILE, 1, b"\xff"), "it is not UTF-8 text"),
        (Entry("templates/a.j2", Kind.FILE, 2_000_000, None), "it has 2000000 bytes, more than 1048576"),
        (Entry("templates/a.j2", Kind.SYMLINK, 1, None), "this is a symbolic link, no regular file"),
        (Entry("templates/a.j2", Kind.EXECUTABLE, 1, None), "this is an executable file, no regular file"),
        (Entry("templates/bird", Kind.SYMLINK, 1, None), "this is a symbolic link, no regular file"),
        (Entry("templates/", Kind.SYMLINK, 1, None), "this is a symbolic link, no regular file"),
    ],
)
def test_own_templates_of_another_kind_are_refused(entry: Entry, reason: str) -> None:
    """Neither a link, for a file or a folder, nor bytes that are no text can be templates."""
    with pytest.raises(BrokenTemplate) as caught:
        own_templates(tree(entry), DEFAULTS)
    assert (caught.value.message, caught.value.path) == (f"`{entry.path}`: {reason}", entry.path)


def test_own_template_that_is_empty_is_a_template() -> None:
    """A step that shall print nothing is a file of no bytes."""
    found = own_templates(tree(Entry("templates/bird/vrps.j2", Kind.FILE, 0, b"")), DEFAULTS)
    assert found["bird/vrps.j2"] == ""


def test_default_templates_of_a_wheel_stand_beside_its_modules(tmp_path: Path) -> None:
    """An installed package carries them, a checkout has them at its top; without any it is broken."""
    package = tmp_path / "src" / "ztix"
    package.mkdir(parents=True)
    with pytest.raises(Unavailable, match="no templates") as caught:
        load_default_templates(package)
    assert "install ztix again" in caught.value.help
    for folder, text in (
        (tmp_path / "templates" / "bird", "top"),
        (package / "templates" / "bird", "beside"),
    ):
        folder.mkdir(parents=True)
        (folder / "a.j2").write_text(text)
        assert load_default_templates(package) == {"bird/a.j2": text}
