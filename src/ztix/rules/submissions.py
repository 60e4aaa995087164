"""ZT9xx: the form of what somebody asks to have merged. `admission.form` finds these; here is their docs.

Law: no search functions, only what `ztix explain` tells.
"""

from __future__ import annotations

from ztix.rules.registry import Docs, found_by_reader

found_by_reader(
    "ZT901",
    "a change is small",
    Docs(
        what="A pull request changes at most 20 files. Of a larger one, `ztix review` reads none.",
        why="Nobody looks at each of two hundred files, and the one that matters hides among them.",
        wrong="# 200 files changed",
        right="# members/AS64500.yaml changed",
        remedy="Split it, also as an owner: from the main branch `git switch --create PART`, then "
        "`git checkout BRANCH -- PATHS`, a commit and a pull request for each part.",
    ),
)
found_by_reader(
    "ZT902",
    "a path is plain",
    Docs(
        what="Each part of a path has ASCII letters, digits, blanks between them and common signs, and does "
        "not end with a dot or a blank.",
        why="Letters of other scripts look like these and are not, control characters hide, and file systems "
        "drop what ends a name.",
        wrong="members/\uff21S64500.yaml",
        right="members/AS64500.yaml",
        remedy="Rename the file.",
    ),
)
found_by_reader(
    "ZT903",
    "two paths differ in more than the case of letters",
    Docs(
        what="No path, and no folder in one, is the same as another but for capital letters.",
        why="On many machines they are one file, and which of the two is read depends on the machine.",
        wrong="members/as64500.yaml      # beside members/AS64500.yaml",
        right="members/AS64500.yaml",
        remedy="Use the spelling that is there, or another name.",
    ),
)
found_by_reader(
    "ZT904",
    "a change brings plain files",
    Docs(
        what="No symbolic link, no submodule, and no file that becomes executable; in members/, policy/, "
        "templates/ and evidence/ nothing but files of mode 100644.",
        why="A link could show the text of another file in a public comment, a submodule brings what nobody "
        "reviewed, and a mode that changes passes for no change at all.",
        wrong="members/AS64500.yaml -> ../policy/exchange.yaml",
        right="members/AS64500.yaml as a plain file",
        remedy="Commit the text itself; `git ls-files -s` shows modes.",
    ),
)
found_by_reader(
    "ZT905",
    "a changed file is short",
    Docs(
        what="What stands in members/ has at most 16 KiB, in policy/ and templates/ at most 1 MiB.",
        why="No member needs more, and nobody reviews it.",
        wrong="# members/AS64500.yaml: 10485760 bytes",
        right="# members/AS64500.yaml: 640 bytes",
        remedy="Make it shorter.",
    ),
)
found_by_reader(
    "ZT906",
    "no token stands in a file",
    Docs(
        what="A signed token (JWT) stands in `AS<number>.invite` or `AS<number>.attestation` and nowhere "
        "else, and the id_token of a login stands nowhere.",
        why="An id_token says who somebody is to whoever holds it: in a public file it is everybody's. What "
        "it says proves nothing here either, because it was made for another service.",
        wrong="# members/AS64500.attestation: the id_token of a login",
        right="# members/AS64500.attestation: what an attestor of policy/maintainers.yaml says of the author",
        remedy="End the session that it is of, and prove the AS number in another way: `ztix prove`.",
    ),
)
found_by_reader(
    "ZT907",
    "no private key stands in a file",
    Docs(
        what="No file of a change holds a node's secret identity (`identity.secret`) or a private key of "
        "SSH, TLS or PGP, or has a name that ends with `.secret`.",
        why="Whoever reads it can be that node or sign in that name. What was once in a pull request stays "
        "readable, also after a later commit took it out.",
        wrong="# members/AS64500.node-1a2b364500.sig: the text of identity.secret",
        right="# members/AS64500.node-1a2b364500.sig: what `ztix sign --node-identity FILE` wrote",
        remedy="Take it out, and make a new key: for a node stop zerotier-one, delete `identity.secret` and "
        "`identity.public`, start it, and write its new id into the file.",
    ),
)
