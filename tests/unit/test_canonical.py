"""The canonical form of a file: order, quotes, indentation, and where comments go."""

import textwrap

import pytest

from ztix.canonical import LeftAlone, canonical, scalar_text
from ztix.comments import Unsafe, read_comments
from ztix.document import read_document
from ztix.member import Member
from ztix.policy import POLICY_FILES
from ztix.shape import Model
from ztix.tree import Entry, Kind

MEMBER = "members/AS64500.yaml"
LINE = "# yaml-language-server: $schema=../policy/schema/member.json"


def canonical_text(text: str, path: str = MEMBER, model: type[Model] = Member) -> str | LeftAlone:
    content = textwrap.dedent(text).encode()
    document, findings = read_document(Entry(path, Kind.FILE, len(content), content))
    assert document is not None, findings
    return canonical(document, model)


def assert_becomes(before: str, after: str) -> None:
    """The member file `before` is written as `after`, below the line that names the schema."""
    expected = f"{LINE}\n{textwrap.dedent(after).lstrip()}"
    assert canonical_text(before) == expected
    assert canonical_text(expected) == expected


def test_canonical_when_keys_are_out_of_order_uses_the_model_s_order() -> None:
    """Keys stand as the model declares them, with two spaces for each level."""
    assert_becomes(
        """\
        name: Example
        nodes:
        - name: fra1
          addresses: ["192.0.2.10", 2001:DB8:0::01]
          id: "1a2b3c4d5e"
        contacts: [{email: 'noc@example.net'}]
        asn: "64500"
        """,
        """
        asn: 64500
        name: Example
        contacts:
          - email: noc@example.net
        nodes:
          - id: "1a2b3c4d5e"
            name: fra1
            addresses:
              - 192.0.2.10
              - 2001:db8::1
        """,
    )


def test_canonical_when_comments_stand_anywhere_keeps_each_with_its_part() -> None:
    """Comments above, beside and below a part move with it; head and tail stay."""
    assert_becomes(
        """\

        # The file's head.

        # Above the name.
        name: Example # beside the name
        # Above the limits,


        # in two parts.
        max_prefixes: {ipv4: 10} # beside all of them
        # yaml-language-server: $schema=old.json
        # Above the number.
        asn: 64500
        contacts: # beside the contacts
            # Above the first contact.
            - email: noc@example.net # beside the address
              # Below it.
              github: # beside the account

                # Above the login.
                login: octocat
                id: 583231
              # Below the account.

            # Below the contacts.
        # Above the nodes.
        nodes: [ # inside
          ]
        # The tail.


        # Its end.

        """,
        """
        # The file's head.

        # Above the number.
        asn: 64500
        # Above the name.
        name: Example  # beside the name
        contacts:  # beside the contacts
          # Above the first contact.
          # Below it.
          - github:  # beside the account
              id: 583231

              # Above the login.
              login: octocat
            # Below the account.
            email: noc@example.net  # beside the address

          # Below the contacts.
        # Above the nodes.
        nodes: []  # inside
        # Above the limits,

        # in two parts.
        max_prefixes:  # beside all of them
          ipv4: 10
        # The tail.

        # Its end.
        """,
    )


def test_canonical_when_an_item_has_comments_by_its_dash_puts_them_above_it() -> None:
    """A comment beside a dash, or beside a flow mapping, stands above the item."""
    assert_becomes(
        """\
        asn: 64500
        name: Example
        contacts:
          - # the first
            email: a@example.net
          - {email: b@example.net} # the second
        nodes:
          - id: "1a2b3c4d5e"
            name: a
            addresses:
              -
                # the address
                192.0.2.10 # of the node
              # the other
              - # of the two
                192.0.2.11
        """,
        """
        asn: 64500
        name: Example
        contacts:
          # the first
          - email: a@example.net
          # the second
          - email: b@example.net
        nodes:
          - id: "1a2b3c4d5e"
            name: a
            addresses:
              # the address
              - 192.0.2.10  # of the node
              # the other
              # of the two
              - 192.0.2.11
        """,
    )


def test_canonical_when_a_value_has_two_comments_beside_it_puts_the_first_above() -> None:
    """One comment fits on the line of a value; those before it go above."""
    assert_becomes(
        """\
        asn: 64500
        name: # first
          Example # second
        contacts: [
          {email: a@example.net}, # third
          {email: b@example.net} ] # fourth
        """,
        """
        asn: 64500
        # first
        name: Example  # second
        contacts:
          # third
          - email: a@example.net
          # fourth
          - email: b@example.net
        """,
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("'1.5'", '"1.5"'),
        ('"Example"', "Example"),
        ("'on'", '"on"'),
        ("'Null'", '"Null"'),
        ("'a #b'", '"a #b"'),
        ("a#b", "a#b"),
        ("'a: b'", '"a: b"'),
        ("a:b", "a:b"),
        ("'a:'", '"a:"'),
        ("'# a'", '"# a"'),
        ('"a \\"b\\" \\\\"', 'a "b" \\'),
        ("'''a'''", "\"'a'\""),
        ("Ünïcode & Co. KG", "Ünïcode & Co. KG"),
        ("a\n  b", "a b"),
        ("'-a'", '"-a"'),
    ],
)
def test_canonical_name_has_quotes_only_where_a_reader_needs_them(text: str, written: str) -> None:
    """A name is plain unless some reader of YAML takes it for something else."""
    keep = "contacts:\n  - email: a@example.net\n"
    assert canonical_text(f"asn: 64500\nname: {text}\n{keep}") == (
        f"{LINE}\nasn: 64500\nname: {written}\n{keep}"
    )


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("2001:DB8::0:1", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:10:20:30:40:50:1:1", '"2001:10:20:30:40:50:1:1"'),
        ('"2001:db8::"', '"2001:db8::"'),
        ('"::1"', '"::1"'),
    ],
)
def test_canonical_address_is_in_the_form_of_rfc_5952(address: str, written: str) -> None:
    """Addresses are lower-case and shortened, with quotes where YAML reads a number or a key."""
    fabrics = f"""\
        asn: 64500
        name: Example
        contacts:
          - email: a@example.net
        nodes:
          - id: "0123456701"
            name: a
            addresses:
              - {address}
        """
    written_text = canonical_text(fabrics)
    assert isinstance(written_text, str)
    assert written_text.endswith(f"      - {written}\n")
    assert '"0123456701"' in written_text


def test_canonical_when_a_policy_file_is_given_keeps_numbers_ranges_and_versions() -> None:
    """Numbers, flags, shares and ranges are plain; a version that reads as a number is not."""
    text = """\
        # yaml-language-server: $schema=schema/admission.json
        reserved_asns_allowed:
          - 64496-64511
          - 65536
        peeringdb: "off"
        """
    path = "policy/admission.yaml"
    assert canonical_text(text, path, POLICY_FILES["admission"]) == textwrap.dedent(text)


@pytest.mark.parametrize(
    ("text", "path"), [("nodes: []\n", "policy/infrastructure.yaml"), ("{}\n", "policy/infrastructure.yaml")]
)
def test_canonical_when_a_collection_is_empty_writes_it_on_one_line(text: str, path: str) -> None:
    """An empty sequence stands beside its key; an empty file has the schema's line only."""
    written = canonical_text(text, path, POLICY_FILES["infrastructure"])
    if text == "{}\n":
        assert isinstance(written, LeftAlone)
        assert written.reason == "it is written in a way that cannot be rewritten safely"
    else:
        assert written == f"# yaml-language-server: $schema=schema/infrastructure.json\n{text}"


def test_canonical_when_an_empty_mapping_stands_in_a_file_keeps_it() -> None:
    """`as_set: {}` and a comment within it stay."""
    text = "asn: 64500\nname: a\ncontacts:\n  - email: a@example.net\nas_set: {}  # none\n"
    assert canonical_text(text) == f"{LINE}\n{text}"


def test_canonical_when_the_file_has_no_schema_writes_no_line_for_it() -> None:
    """A file outside members/ and policy/ gets no comment that it did not have."""
    text = "# Tail.\nnodes: []\n"
    assert canonical_text(text, "elsewhere.yaml", POLICY_FILES["infrastructure"]) == text


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("asn: 64500\n", "it has findings: mend them first", 1),
        (
            "asn: 64500\nname: >- # why\n  Example\ncontacts: [{email: a@example.net}]\n",
            "a block text (`>`) stands here: write it on one line",
            2,
        ),
    ],
)
def test_canonical_when_a_text_cannot_be_rewritten_safely_leaves_it_alone(
    text: str, reason: str, line: int
) -> None:
    """A file that could lose something is left alone, with the reason and the place."""
    found = canonical_text(text)
    assert isinstance(found, LeftAlone)
    assert (found.reason, found.span.line, found.span.path) == (reason, line, MEMBER)


def test_canonical_when_the_text_grows_over_the_limit_leaves_it_alone() -> None:
    """A canonical form that would be too long to be read is not written."""
    contacts = ",".join(["{email: a@example.net}"] * 10)
    body = f"asn: 64500\nname: Example\ncontacts: [{contacts}]\n"
    text = body + "#" * (16 * 1024 - len(body) - 1) + "\n"
    found = canonical_text(text)
    assert isinstance(found, LeftAlone)
    assert found.reason == "it is written in a way that cannot be rewritten safely"


def test_canonical_when_lines_end_with_carriage_returns_writes_line_feeds() -> None:
    """A file from Windows is rewritten with line feeds."""
    text = "asn: 64500\nname: Example  # why\ncontacts:\n  - email: a@example.net\n"
    assert canonical_text(text.replace("\n", "\r\n")) == f"{LINE}\n{text}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "? asn # key\n: 64500 # value\n? name\n# above\n: A\ncontacts: [{email: a@example.net}]\n",
            "# key\nasn: 64500  # value\nname: A\n# above\ncontacts:\n  - email: a@example.net\n",
        ),
        (
            "%YAML 1.1 # version\n---  # start\nasn: 64500\nname: A\ncontacts: [{email: a@example.net}]\n"
            "... # end\n# after\n",
            "# version\n# start\nasn: 64500\nname: A\ncontacts:\n  - email: a@example.net  # end\n# after\n",
        ),
        (
            "{asn: 64500, # number\n name: A, contacts: [{email: a@example.net}]} # end\n",
            "asn: 64500  # number\nname: A\ncontacts:  # end\n  - email: a@example.net\n",
        ),
        (
            "asn: 64500\nname: \U0001f600 A # \U0001f600 face\ncontacts: [{email: a@example.net}]\n",
            'asn: 64500\nname: "\U0001f600 A"  # \U0001f600 face\ncontacts:\n  - email: a@example.net\n',
        ),
    ],
)
def test_canonical_when_yaml_is_written_in_rare_ways_keeps_every_comment(before: str, after: str) -> None:
    """Explicit keys, directives, document marks and one flow mapping for the whole file are rewritten."""
    assert_becomes(before, after)


def test_canonical_when_the_whole_file_is_indented_moves_it_to_the_margin() -> None:
    """Columns count against each other only: a comment left of all keys stands at the end."""
    text = "  asn: 64500\n  name: Example\n  contacts: [{email: a@example.net}]\n # The end.\n"
    content = text.encode()
    document, _ = read_document(Entry(MEMBER, Kind.FILE, len(content), content))
    assert document is not None
    assert canonical(document, Member) == (
        f"{LINE}\nasn: 64500\nname: Example\ncontacts:\n  - email: a@example.net\n# The end.\n"
    )


@pytest.mark.parametrize("text", ["- a\n", "a: *b\n"])
def test_read_comments_when_the_text_is_no_document_of_an_exchange_raises_unsafe(text: str) -> None:
    """What `read_document` refuses cannot be taken apart either."""
    with pytest.raises(Unsafe):
        read_comments(text)


def test_scalar_text_when_a_character_cannot_be_seen_escapes_nothing_away() -> None:
    """Quotes and backslashes are escaped; letters of all scripts stand as they are."""
    assert scalar_text('"Ü"') == '"\\"Ü\\""'
