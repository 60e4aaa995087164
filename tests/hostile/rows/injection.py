"""Words that would act where they are shown: in Markdown, HTML, a CI log, a terminal, a router's file.

Law: each payload of `PAYLOADS` goes through every free text and every name that a stranger can choose. What
becomes of it in the texts that are published is asked of all rows at once, in `test_payloads`.
"""

from __future__ import annotations

from tests.hostile.pull import Must, Pull
from tests.hostile.scene import JOINER, edit, joining
from tests.unit.exchange_fixture import member_text
from ztix.admission.proof import PeeringDbNet, Remarks, Said, Unanswered

PAYLOADS = {
    "set-output": "::set-output name=x::y",
    "add-mask": "::add-mask::AS64500",
    "stop-commands": "::stop-commands::x",
    "old-command": "##[add-mask]AS64500",
    "old-error": "x ##[error]all is lost",
    "mention": "@everyone",
    "team": "@example-ix/owners look",
    "reference": "fixes #1 and GH-2 and a/b#3",
    "image": "<img src=x onerror=alert(1)>",
    "script": "<script>alert(1)</script>",
    "end-of-details": "</details></td></table>",
    "comment-mark": "<!-- ztix-verdict v1 --> -->",
    "fence": "```",
    "long-fence": "`````` ~~~~~~",
    "bars": "a | b | **approved** |",
    "link": "[ready](https://evil.example)",
    "picture": "![x](https://evil.example/x.png)",
    "address": "https://evil.example www.evil.example",
    "entity": "&lt;b&gt; &#64;everyone &commat;everyone",
    "heading": "# ready",
    "template": "{{ members }} {% raw %} ${{ secrets.X }} #{x}",
    "shell": "$(id) `id` ; id && id | id",
    "bird": '"; } protocol static evil { route 0.0.0.0/0 blackhole; } #',
}


def _named(name: str, payload: str) -> Pull:
    """A join by a member that calls itself so; good as it is, for a name is free text."""
    quoted = payload.replace("'", "''")
    text = JOINER.replace("name: Example 64502", f"name: '{quoted}'")
    return Pull(f"name-{name}", Must.PASS, joining(text), ("AS64502 joins",), "merge it")


def _spoiled(name: str, payload: str) -> Pull:
    """The same in every other place: its value has not the form, and the finding quotes it."""
    quoted = payload.replace("'", "''")
    text = (
        member_text(64502)
        .replace("login: user64502", f"login: '{quoted}'")
        .replace("name: fra1", f"name: '{quoted}'")
        .replace("noc@as64502.example.net", f"'{quoted}'")
        .replace("192.0.2.12", f"'{quoted}'")
    )
    text += f"'{quoted}': 1\nstatus: '{quoted}'\nexpires: '{quoted}'\nas_set: {{ipv4: '{quoted}'}}\n"
    text += f"auth: ['{quoted}']\nmax_prefixes: {{ipv4: '{quoted}'}}\n"
    return Pull(f"everywhere-{name}", Must.FAIL, joining(text), ("ZT012", "ZT010"), "mend the errors")


def _filed(name: str, payload: str) -> Pull:
    """A file that is called so, and an enclosure that says so."""
    path = "members/" + payload.replace("/", "\u2215") + ".yaml"
    return Pull(
        f"file-{name}", Must.FAIL, {**joining(invite=payload), path: JOINER}, ("ZT013", "AS64502.invite")
    )


_SAID = "\n".join(PAYLOADS.values()) + "\x1b[2J\u202e"

INJECTION: tuple[Pull, ...] = (
    *(_named(name, payload) for name, payload in PAYLOADS.items()),
    *(_spoiled(name, payload) for name, payload in PAYLOADS.items()),
    *(_filed(name, payload) for name, payload in PAYLOADS.items()),
    Pull(
        "payloads-in-an-outage",
        Must.ASK_AGAIN,
        joining(invite=None),
        ("could not check",),
        "run it again",
        outside={PeeringDbNet: Unanswered(_SAID)},
    ),
    Pull(
        "payloads-in-notes-and-remarks",
        Must.WAIT,
        joining(invite=None),
        ("nothing shows yet",),
        "ztix prove",
        outside={PeeringDbNet: Said((_SAID, "https://example.net", "1")), Remarks: Said((_SAID,))},
    ),
    Pull(
        "payloads-beside-another-token",
        Must.WAIT,
        joining(invite=None),
        ("is not the one of `AS64502`",),
        "publish `ztix-verify=",
        outside={Remarks: Said((f"ztix-verify={'0' * 40} {_SAID}",))},
        refused=True,
    ),
    Pull(
        "payloads-in-a-policy-file",
        Must.FAIL,
        {
            "policy/exchange.yaml": f"name: '{PAYLOADS['set-output']}'\n"
            f"title: '{PAYLOADS['image']}'\nasn: 64496\n"
        },
        ("the policy changes",),
        "an owner approves",
    ),
    Pull(
        "payloads-in-a-conflict",
        Must.WAIT,
        {"docs/::set-output name=x::y @everyone <img src=x>.md": "mine\n"},
        ("it does not merge",),
        "bring your branch up to date",
        since={"docs/::set-output name=x::y @everyone <img src=x>.md": "theirs\n"},
        refused=True,
    ),
    Pull(
        "payload-as-the-name-of-a-node",
        Must.FAIL,
        edit(64500, "name: fra1", "name: '@everyone ::x'"),
        ("ZT012",),
        "mend",
        64500,
    ),
)
