"""ZT0xx: the form of files. The readers (`document`, `shape`, `exchange`) find these; here is their docs.

Law: no search functions, only what `ztix explain` tells.
"""

from __future__ import annotations

from ztix.diagnostics import Severity
from ztix.rules.registry import Docs, found_by_reader

found_by_reader(
    "ZT001",
    "a file of an exchange is a short regular file",
    Docs(
        what="Each file is a regular file of mode 100644. A member's file has at most 16 KiB, a policy file "
        "at most 1 MiB.",
        why="A symbolic link could put the text of another file into a public report, and a huge file costs "
        "the time of every run.",
        wrong="members/AS64500.yaml -> ../policy/exchange.yaml",
        right="members/AS64500.yaml as a plain file",
        remedy="Commit the text itself as a plain file; `git ls-files -s` shows modes.",
    ),
)
found_by_reader(
    "ZT002",
    "a file is UTF-8",
    Docs(
        what="The bytes of each file are UTF-8. The column of the finding counts bytes.",
        why="Two programs that guess an encoding differently would read two different files.",
        wrong="name: Müller Netze      (saved as Latin-1)",
        right="name: Müller Netze      (saved as UTF-8)",
        remedy="Save the file as UTF-8 without a byte order mark.",
    ),
)
found_by_reader(
    "ZT003",
    "a file has no character that hides text",
    Docs(
        what="Control characters, bidirectional marks and overrides, byte order marks and line separators "
        "are refused. Tab, line feed and a carriage return before it are not.",
        why="They make a reviewer see another text than the one that is read, or move a terminal's cursor.",
        wrong="name: Example<U+202E>krowteN",
        right="name: Example Network",
        remedy="Delete the character; an editor that shows invisible characters helps to find it.",
    ),
)
found_by_reader(
    "ZT004",
    "a file is YAML",
    Docs(
        what="Each file parses as one YAML document.",
        why="Nothing can be said about a file that cannot be read.",
        wrong="name: [Example",
        right="name: Example",
        remedy="Mend the indentation, colons and quotes at the place that is shown, or run `ztix fmt`.",
    ),
)
found_by_reader(
    "ZT005",
    "YAML is used plainly",
    Docs(
        what="Anchors, aliases, tags and a second document are refused.",
        why="They let one line mean something that stands far away, so that a reviewer approves what he did "
        "not see; nested aliases can also grow to any size.",
        wrong="addresses: &mine [192.0.2.10]",
        right="addresses: [192.0.2.10]",
        remedy="Write the value out where it is used.",
    ),
)
found_by_reader(
    "ZT006",
    "a key stands once in a mapping",
    Docs(
        what="A mapping does not have the same key twice.",
        why="YAML readers differ about which of the two counts.",
        wrong="asn: 64500\nasn: 64501",
        right="asn: 64500",
        remedy="Keep one of the two.",
    ),
)
found_by_reader(
    "ZT007",
    "a file is a mapping of keys to values",
    Docs(
        what="The document is a mapping, not empty, its keys are plain words, and it is nested at most "
        "twelve levels deep.",
        why="No file of an exchange needs more, and deep nesting exhausts readers.",
        wrong="- 64500",
        right="asn: 64500",
        remedy="Start from `ztix new` or from another member's file.",
    ),
)
found_by_reader(
    "ZT010",
    "a key is known",
    Docs(
        what="Only keys of the schema may stand in a file, each at its own place.",
        why="A mistyped key would be ignored in silence, and its default used.",
        wrong="max_prefix: {ipv4: 100}",
        right="max_prefixes: {ipv4: 100}",
        remedy="Use the key that the finding proposes, move it where it belongs, or delete it.",
    ),
)
found_by_reader(
    "ZT011",
    "a required key is there",
    Docs(
        what="A key without a default must be written.",
        why="The value cannot be guessed.",
        wrong="name: Example",
        right="asn: 64500\nname: Example",
        remedy="Add the key; `ztix schema` prints which there are.",
    ),
)
found_by_reader(
    "ZT012",
    "a value has its form",
    Docs(
        what="Each value is of the type that its key asks for: an AS number, an address, a label, a text.",
        why="Only values of an exact form can be printed into a router's configuration without danger.",
        wrong="nodes:\n  - id: 1A2B3C4D5E",
        right='nodes:\n  - id: "1a2b3c4d5e"',
        remedy="Write the value as the finding says.",
    ),
)
found_by_reader(
    "ZT013",
    "only member files are in `members/`",
    Docs(
        what="A path in `members/` is `AS<number>.yaml` without leading zeros, README.md, or what may be "
        "enclosed with a member's file: `AS<number>` and `.yaml.sig`, `.node-<id>.sig`, `.invite`, "
        "`.attestation` or `.rsc`.",
        why="A file that looks like a member and is not read would be approved without effect.",
        wrong="members/as64500.yml",
        right="members/AS64500.yaml",
        remedy="Rename the file, or delete it.",
    ),
)
found_by_reader(
    "ZT014",
    "the policy files are there",
    Docs(
        what="policy/exchange.yaml, policy/fabrics.yaml and policy/route-servers.yaml must be in the tree.",
        why="Without them there is no exchange to check members against.",
        wrong="members/ without policy/",
        right="members/ beside policy/",
        remedy="`ztix init` writes them; check also that `--exchange` names the right folder.",
    ),
)
found_by_reader(
    "ZT015",
    "what is enclosed has its member's file",
    Docs(
        what="Signatures, an invitation, an attestation or a checklist stand in `members/` beside the "
        "file of the member that they are about.",
        why="They count for the change that they came with. Without the file nobody reads them, and who "
        "joins under that number later finds somebody else's.",
        wrong="# members/AS64500.invite, and no members/AS64500.yaml",
        right="# neither of them",
        remedy="Delete them. What an invitation was used for is known from git's history all the same.",
    ),
    Severity.WARNING,
)
