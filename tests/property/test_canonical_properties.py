"""However a file is written: its canonical form means the same, says the same, and is canonical itself."""

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ztix.canonical import LeftAlone, canonical, scalar_text
from ztix.comments import comment_texts
from ztix.document import Document, read_document
from ztix.member import Member
from ztix.schema import SCHEMA_LINE
from ztix.shape import read_model
from ztix.tree import Entry, Kind

PATH = "members/AS64500.yaml"
COMMENTS = st.text(alphabet="ab #:-'\"{}[],&*é\t", max_size=10).map(lambda text: f"#{text}".rstrip())
NODE = {
    "id": st.sampled_from(["1a2b3c4d5e", "0123456701", "12e4567890"]),
    "name": st.sampled_from(["fra1", "0", "on", "null", "1e3"]),
    "addresses": st.lists(
        st.sampled_from(["192.0.2.10", "2001:DB8::0001", "2001:10:20:30:40:50:1:1", "::", "2001:db8::"]),
        min_size=1,
        max_size=3,
    ),
    "fabric": st.just("lan"),
    "route_servers": st.sampled_from(["true", "false"]),
}
CONTACT = {
    "email": st.just("noc@example.net"),
    "github": st.fixed_dictionaries({"id": st.just("583"), "login": st.sampled_from(["octo", "42", "no"])}),
}
SETS = st.sampled_from(["RIPE::AS-EXAMPLE", "AS64500, AS64501", ["AS64500:AS-ALL", "AS64501"]])


def some_of(required: list[str], fields: dict[str, st.SearchStrategy]) -> st.SearchStrategy:
    optional = {key: strategy for key, strategy in fields.items() if key not in required}
    return st.fixed_dictionaries({key: fields[key] for key in required}, optional=optional)


MEMBERS = some_of(
    ["asn", "name", "contacts"],
    {
        "asn": st.just("64500"),
        "name": st.sampled_from(
            ["Example", "No", "A #1: net", "#1", 'it\'s "so" \\ ', "1.5", "~", "Ünï & Co", "a: b", "x:"]
        ).map(str.strip),
        "contacts": st.lists(some_of(["email"], CONTACT), min_size=1, max_size=2),
        "status": st.sampled_from(["active", "suspended"]),
        "expires": st.just("2027-01-31"),
        "auth": st.just(["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGG7zRDkGk2kdiJLmbsGTcqbjBxJgD2sWzQ2ZxzPQ3yB"]),
        "nodes": st.lists(some_of(["id", "name", "addresses"], NODE), max_size=2),
        "as_set": some_of([], {"ipv4": SETS, "ipv6": SETS}),
        "max_prefixes": some_of([], {"ipv4": st.just("10"), "ipv6": st.just("20")}),
    },
)


class Writer:
    """Writes a value in any of the ways that people may."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.lines: list[str] = []

    def chance(self) -> bool:
        return self.draw(st.booleans())

    def beside(self) -> str:
        return " " * self.draw(st.integers(1, 3)) + self.draw(COMMENTS) if self.chance() else ""

    def between(self) -> None:
        for _ in range(self.draw(st.sampled_from([0, 0, 1, 3]))):
            indent = " " * self.draw(st.integers(0, 8))
            self.lines.append(indent + self.draw(COMMENTS) if self.chance() else "")

    def scalar(self, text: str) -> str:
        single = "'" + text.replace("'", "''") + "'"
        double = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        plain = [text] if text.replace(".", "").isalnum() and text.isascii() else []
        return self.draw(st.sampled_from([single, double, *plain]))

    def flow(self, value: object) -> str:
        if isinstance(value, str):
            return self.scalar(value)
        broken = f"{self.beside()}\n  " if self.chance() else " "
        if isinstance(value, dict):
            inner = f",{broken}".join(f"{key}: {self.flow(each)}" for key, each in self.shuffled(value))
            return f"{{{broken}{inner}{broken}}}" if self.chance() else f"{{{inner}}}"
        assert isinstance(value, list)
        inner = f",{broken}".join(self.flow(each) for each in value)
        return f"[{broken}{inner}{broken}]" if self.chance() else f"[{inner}]"

    def shuffled(self, value: dict[str, object]) -> list[tuple[str, object]]:
        return self.draw(st.permutations(sorted(value.items())))

    def mapping(self, value: dict[str, object], indent: int, lead: str | None = None) -> None:
        for key, each in self.shuffled(value):
            if lead is None:
                self.between()
            self.pair(f"{' ' * indent if lead is None else lead}{key}:", each, indent)
            lead = None

    def pair(self, lead: str, value: object, indent: int) -> None:
        if isinstance(value, str) or not value or self.draw(st.integers(0, 3)) == 0:
            self.lines.append(f"{lead} {self.flow(value)}{self.beside()}")
            return
        self.lines.append(lead + self.beside())
        step = self.draw(st.integers(1, 4))
        if isinstance(value, dict):
            self.mapping(value, indent + step)
        elif isinstance(value, list):
            self.sequence(value, indent + self.draw(st.sampled_from([0, step])))

    def sequence(self, value: list[object], indent: int) -> None:
        for each in value:
            self.between()
            gap = " " * self.draw(st.integers(1, 3))
            dash = " " * indent + "-"
            if not isinstance(each, dict) or self.draw(st.integers(0, 3)) == 0:
                self.lines.append(f"{dash}{gap}{self.flow(each)}{self.beside()}")
            elif self.chance():
                self.mapping(each, indent + 1 + len(gap), dash + gap)
            else:
                self.lines.append(dash + self.beside())
                self.mapping(each, indent + 1 + len(gap))


@st.composite
def files(draw: st.DrawFn) -> str:
    """A member file's text."""
    writer = Writer(draw)
    writer.lines += draw(st.sampled_from([[], ["---"], ["# yaml-language-server: $schema=elsewhere.json"]]))
    writer.mapping(draw(MEMBERS), 0)
    writer.between()
    return draw(st.sampled_from(["\n", "\r\n"])).join(writer.lines) + draw(
        st.sampled_from(["", "\n", "\n\n"])
    )


def document(text: str) -> Document:
    found, findings = read_document(Entry(PATH, Kind.FILE, len(text), text.encode()))
    assert found is not None, (text, findings)
    return found


@settings(max_examples=100, deadline=None)
@given(files())
def test_canonical_of_any_good_file_keeps_meaning_and_comments_and_is_its_own(text: str) -> None:
    """The canonical text reads as the same member, has every comment, and is not changed again."""
    before = document(text)
    member, findings = read_model(before, Member)
    assert member is not None, (text, findings)
    written = canonical(before, Member)
    assert not isinstance(written, LeftAlone), (text, written)
    after = document(written)
    assert read_model(after, Member)[0] == member
    assert sorted(comment_texts(written)) == sorted(comment_texts(text.replace("\r\n", "\n")))
    assert SCHEMA_LINE.fullmatch(written.splitlines()[0])
    assert canonical(after, Member) == written


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="aé01.:-_ #'\"\\,[]{}&*!|>%@`~?\u4e00", min_size=1, max_size=12))
def test_scalar_text_of_any_text_reads_back(text: str) -> None:
    """A text that is written as a scalar reads back as itself, by ztix and by an editor."""
    line = f"a:\n  - {scalar_text(text)}\n"
    assert document(line).value == {"a": [text]}
    assert yaml.safe_load(line) == {"a": [text]}
