"""What `ztix check` says of an exchange's own templates: all that would stop a run, with its line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.test_rules_routing import expanding
from tests.world import Laboratory
from ztix.errors import Invalid
from ztix.gather import check_tree, gather
from ztix.tree import Entry, Kind

CLIENTS = "templates/bird/clients.j2"


def small() -> Laboratory:
    """A good exchange with evidence."""
    laboratory = Laboratory()
    laboratory.evidence = expanding(64500, "192.0.2.0/24")
    return laboratory


def checked(laboratory: Laboratory) -> list[tuple[str, str, str, str]]:
    """Rule, place, line and message of each finding."""
    _, _, report = check_tree(laboratory.world, laboratory.world.read_tree(None))
    return [(item.rule, str(item.span), item.span.text, item.message) for item in report]


@pytest.mark.parametrize(
    ("text", "line", "shown", "message"),
    [
        ("a\n{% bad\nb\n", 2, "{% bad", "Encountered unknown tag 'bad'."),
        (
            '{% include "/etc/passwd" %}',
            1,
            '{% include "/etc/passwd" %}',
            "the template `/etc/passwd` is missing",
        ),
        ("\n{{ view.nothing }}", 2, "{{ view.nothing }}", "has no attribute 'nothing'"),
        (
            '{{ "text" }}',
            1,
            '{{ "text" }}',
            "a template prints a value of type `str`, which is not a typed one",
        ),
    ],
)
def test_check_of_a_template_that_does_not_render_tells_its_line(
    text: str, line: int, shown: str, message: str
) -> None:
    """What stops a plan is found before: path, line and the line itself; a run stops at the same place."""
    laboratory = small()
    laboratory.files[CLIENTS] = text
    ((rule, place, marked, told),) = checked(laboratory)
    assert (rule, place, marked) == ("ZT542", f"{CLIENTS}:{line}:1", shown)
    assert message in told
    with pytest.raises(Invalid, match=f"`{CLIENTS}:{line}`"):
        gather(laboratory.world, None, laboratory.state.applied)


def test_check_of_a_template_that_is_a_link_says_so_and_shows_nothing() -> None:
    """A link is refused whatever it leads to, also where members have errors."""
    laboratory = small()
    laboratory.files["members/AS64500.yaml"] = "asn: 0\n"
    tree = laboratory.world.read_tree(None)
    link = Entry(CLIENTS, Kind.SYMLINK, 11, None)
    _, _, report = check_tree(laboratory.world, replace(tree, entries={**tree.entries, CLIENTS: link}))
    (found,) = (item for item in report if item.rule == "ZT541")
    assert (str(found.span), found.span.text) == (f"{CLIENTS}:1:1", "")
    assert found.message == "this is a symbolic link, no regular file"


def test_check_of_templates_that_render_finds_nothing() -> None:
    """Own templates that are good, or the packaged ones copied, are no finding."""
    laboratory = small()
    laboratory.files[CLIENTS] = "# nobody\n"
    assert checked(laboratory) == []
    laboratory.files[CLIENTS] = laboratory.world.templates["bird/clients.j2"]
    assert checked(laboratory) == []


def test_check_where_members_have_errors_does_not_render() -> None:
    """Members' errors come first: what a template makes of half an exchange tells nothing."""
    laboratory = small()
    laboratory.files |= {CLIENTS: "{% bad", "members/AS64500.yaml": "asn: 0\n"}
    assert "ZT542" not in {rule for rule, *_ in checked(laboratory)}
