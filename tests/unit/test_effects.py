"""What a configuration does to sessions, told from two texts."""

from __future__ import annotations

import pytest

from ztix.effects import Effect, SessionEffect, effects

TEXT = """\
# A comment with a brace { and a word.
log stderr all;
router id 192.0.2.1;
hostname "rs1 # not a comment";
ipv4 table master4 sorted;
protocol device { }
define zx_set = [
  198.51.100.0/24 # one
];
function zx_import(int zx_asn)
{
  if net ~ zx_set then accept;
  zx_refuse(1);
}
function zx_refuse(int zx_why) { reject; }
template bgp zx_client {
  local 192.0.2.1 as 64496;
  hold time 240;
  bfd off;
  ipv4 {
    table master4;
    import none;
    export none;
  };
}
# member AS64500
define zx_as64500 = [ 64500 ];
protocol bgp as64500_a from zx_client {
  neighbor 192.0.2.10 as 64500;
  ipv4 {
    receive limit 100 action restart;
    import filter { if bgp_path.last ~ zx_as64500 then zx_import(64500); reject; };
    export all;
  };
}
protocol bgp as64501_a from zx_client {
  neighbor 192.0.2.11 as 64501;
  ipv4 { import filter { zx_import(64501); }; export all; };
}
"""
BOTH = ("as64500_a", "as64501_a")


def told(old: str, new: str, bird: str = "2.0.12", text: str = TEXT) -> dict[str, Effect]:
    """What one change does, by session."""
    assert old in text
    return {one.name: one.effect for one in effects(text, text.replace(old, new, 1), bird)}


@pytest.mark.parametrize(
    ("old", "new", "names", "effect"),
    [
        ("# A comment", "# Another", (), Effect.NOTHING),
        ("stderr all", "stderr { error }", (), Effect.NOTHING),
        ("protocol device { }", "protocol device { }\nprotocol static zx_s { ipv4; }", (), Effect.NOTHING),
        ("# member", "define zx_more = 1;\n# member", (), Effect.NOTHING),
        ("limit 100", "limit 101", (), Effect.NOTHING),
        ("bfd off", "bfd on", (), Effect.NOTHING),
        ("bfd off;", "bfd { interval 1 s; };", (), Effect.NOTHING),
        ("[ 64500 ]", "[ 64500, 64501 ]", BOTH[:1], Effect.REFILTER),
        ("# one", "+ # one", BOTH, Effect.REFILTER),
        ("(int zx_why) { reject; }", "(int zx_why) { bgp_med = zx_why; reject; }", BOTH, Effect.REFILTER),
        ("zx_import(64501)", "zx_import(64500)", BOTH[1:], Effect.REFILTER),
        ("export all", "export none", BOTH[:1], Effect.REFILTER),
        ("hold time 240", "hold time 180", BOTH, Effect.RESTART),
        ("neighbor 192.0.2.11", "ttl security on; neighbor 192.0.2.11", BOTH[1:], Effect.RESTART),
        ("neighbor 192.0.2.10 as 64500;", "neighbor 192.0.2.10 as 64500; ;", (), Effect.NOTHING),
        ("table master4 sorted", "table master4", BOTH, Effect.RESTART),
        ("router id 192.0.2.1", "router id 192.0.2.2", BOTH, Effect.RESTART),
        ("as 64501;", "as 64501;\n  ipv6 { import none; };", BOTH[1:], Effect.RESTART),
        ("as64501_a", "as64501_b", (), Effect.NOTHING),
    ],
)
def test_effect_of_a_change_is_what_bird_does(
    old: str, new: str, names: tuple[str, ...], effect: Effect
) -> None:
    """Options go by the tables, filters by all that they reach, and nobody else is touched."""
    assert told(old, new) == dict.fromkeys(names, effect)


@pytest.mark.parametrize(
    ("old", "new", "effect"),
    [
        ("bfd on", "bfd off", Effect.RESTART),
        ("bfd on;", "", Effect.RESTART),
        ("bfd graceful", "bfd off", Effect.RESTART),
        ("bfd { interval 1 s; }", "bfd off", Effect.RESTART),
        ("bfd { interval 1 s; }", "bfd { interval 2 s; }", Effect.NOTHING),
        ("bfd { interval 1 s; }", "bfd on", Effect.NOTHING),
        ("bfd on", "bfd graceful", Effect.NOTHING),
    ],
)
def test_effect_of_bfd_that_is_taken_away_is_a_restart(old: str, new: str, effect: Effect) -> None:
    """The member's router still listens for it, and ends the session; any other change it takes."""
    text = TEXT.replace("bfd off", old.rstrip(";"))
    assert set(told(old, new, text=text).values()) == {effect} - {Effect.NOTHING}


def test_effect_of_a_filter_that_loses_a_name_is_a_new_filter() -> None:
    """What is no longer there counts as another, and so does what a filter reaches anew."""
    new = TEXT.replace("zx_import(64501)", "zx_other(1)").replace(
        "# member", "filter zx_other { accept; }\n#"
    )
    assert [one.name for one in effects(TEXT, new, "2.0.12")] == ["as64501_a"]
    twice = new.replace("filter zx_other { accept; }", "filter zx_other { reject; }")
    assert effects(new, twice, "2.0.12") == (SessionEffect("as64501_a", Effect.REFILTER, ("zx_other",)),)


@pytest.mark.parametrize(
    ("old", "new", "bird", "effect"),
    [
        ('"rs1', '"rs2', "2.0.12", None),
        ('"rs1', '"rs2', "2.17.1", Effect.RESTART),
        ("import none", "import keep filtered on; import none", "2.20", None),
        ("import none", "import keep filtered on; import none", "3.1", Effect.RESTART),
        ("import none", "next hop address 192.0.2.9; import none", "2.0.12", Effect.REFILTER),
        ("import none", "next hop address 192.0.2.9; import none", "3.1", Effect.RESTART),
    ],
)
def test_effect_goes_by_the_version(old: str, new: str, bird: str, effect: Effect | None) -> None:
    """What versions of BIRD do differently is told for the version that runs."""
    assert told(old, new, bird) == (dict.fromkeys(BOTH, effect) if effect else {})


def test_effect_names_the_gravest_causes() -> None:
    """What is told is why the session restarts, not what else changes; and never more than a few."""
    new = TEXT.replace("neighbor 192.0.2.11", "passive on; strict bind on; neighbor 192.0.2.11")
    new = new.replace("zx_import(64501)", "zx_import(1)")
    (one,) = effects(TEXT, new, "2.0.12")
    assert one == SessionEffect("as64501_a", Effect.RESTART, ("passive", "strict bind"))


@pytest.mark.parametrize(
    "text", [TEXT + "protocol bgp x {\n", TEXT.replace("template bgp zx_client", "template bgp y")]
)
def test_effect_of_a_text_in_another_form_is_not_told(text: str) -> None:
    """A text that is not in our blocks is not guessed at."""
    with pytest.raises(ValueError, match="not"):
        effects(TEXT, text, "2.0.12")
