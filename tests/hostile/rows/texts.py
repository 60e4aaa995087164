"""What is in a file: YAML that explodes or means something else, octets that are no text, text that hides."""

from __future__ import annotations

from tests.hostile.pull import Must, Pull
from tests.hostile.scene import JOINER, joining, path_of

_LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)


def _file(name: str, content: str | bytes, *says: str, helps: str = "") -> Pull:
    """A join whose file is this."""
    return Pull(f"text-{name}", Must.FAIL, {path_of(64502): content}, says, helps)


def _line(name: str, line: str, *says: str) -> Pull:
    """A join whose file has one line more."""
    return _file(name, JOINER + line + "\n", *says)


def _for(name: str, old: str, new: str, *says: str) -> Pull:
    """A join whose file has something else in place of a part."""
    assert old in JOINER, old
    return _file(name, JOINER.replace(old, new, 1), *says)


TEXTS: tuple[Pull, ...] = (
    _file("billion-laughs", _LAUGHS, "ZT005"),
    _line("anchor", "as_set: &x {ipv4: AS-EXAMPLE}", "ZT005"),
    _file("alias-to-itself", "a: &a\n  b: *a\n", "ZT005"),
    _line("merge-key", "<<: {status: active}", "ZT010"),
    _line("python-tag", 'x: !!python/object/apply:os.system ["id"]', "ZT005"),
    _for("int-tag", "asn: 64502", "asn: !!int 64502", "ZT005"),
    _line("binary-tag", "x: !!binary aGk=", "ZT005"),
    _line("second-document", "---\nasn: 64500", "ZT005"),
    _file("yaml-directive-of-tomorrow", "%YAML 9.9\n---\n" + JOINER, "ZT00"),
    _line("duplicate-key", "asn: 64500", "ZT006"),
    _for("duplicate-id-in-the-account", "id: 64502, login", "id: 666, id: 64502, login", "ZT006"),
    _for("duplicate-contacts", "nodes:", "contacts: []\nnodes:", "ZT006"),
    _file("depth-of-a-thousand", "a: " + "[" * 1000 + "]" * 1000 + "\n", "ZT00"),
    _file("depth-of-eight-thousand", "[" * 8000 + "]" * 8000 + "\n", "ZT00"),
    _file("depth-by-indentation", "".join(f"{' ' * n}a:\n" for n in range(150)) + "\n", "ZT00"),
    _file("two-thousand-keys", JOINER + "".join(f"k{n}: v\n" for n in range(1500)), "ZT010"),
    _file("two-thousand-nodes", JOINER + "  - {}\n" * 2000, "ZT01"),
    _file("complex-key", "? [a, b]\n: c\n", "ZT00"),
    _file("empty", "", "ZT007"),
    _file("only-a-comment", "# nothing\n", "ZT007"),
    _file("a-list", "- asn: 64502\n", "ZT007"),
    _file("a-scalar", "AS64502\n", "ZT007"),
    _file("json-with-a-tab", '{"asn":\t64502}\n', "ZT01"),
    _file("zip", b"PK\x03\x04" + bytes(range(256)) * 4, "ZT00"),
    _file("nul", JOINER.encode() + b"\x00", "ZT003"),
    _file("only-nul", b"\x00" * 1000, "ZT003"),
    _file("bom", b"\xef\xbb\xbf" + JOINER.encode(), "ZT003", helps="without BOM"),
    _file("utf-16", JOINER.encode("utf-16"), "ZT002", helps="save it as UTF-8"),
    _file(
        "latin-1", JOINER.replace("Example 6", "B\u00e9ispill 6").encode("latin-1"), "ZT002", helps="UTF-8"
    ),
    _file("overlong-utf-8", JOINER.encode() + b"# \xc0\xaf\n", "ZT002"),
    _file("surrogate-in-utf-8", JOINER.encode() + b"# \xed\xa0\x80\n", "ZT002"),
    _for("bidi-override", "name: Example", "name: \u202eExample", "ZT003", "U+202E"),
    _for("bidi-isolate", "name: Example", "name: \u2066Example\u2069", "ZT003"),
    _line("bidi-in-a-comment", "# \u202e nothing to see", "ZT003"),
    _for("no-width", "login: user64502", "login: user\u200b64502", "ZT003"),
    _for("tag-characters", "name: Example", "name: \U000e0041Example", "ZT003"),
    _for("line-separator", "name: Example", "name: \u2028Example", "ZT003"),
    _for("next-line", "name: Example", "name: a\u0085asn: 64500\u0085b", "ZT003"),
    _for("escape-sequence", "name: Example", "name: \x1b[31mExample", "ZT003"),
    _for("escape-in-quotes", "name: Example 64502", 'name: "\\e[31mExample"', "ZT"),
    _for("nul-in-quotes", "name: Example 64502", 'name: "a\\0b"', "ZT"),
    _for("bidi-in-quotes", "name: Example 64502", 'name: "a\\u202Eb"', "ZT"),
    _for("line-end-in-quotes", "name: Example 64502", 'name: "a\\nprotocol bgp x {"', "ZT"),
    _for("lone-surrogate-in-quotes", "name: Example 64502", 'name: "a\\uD800b"', "ZT"),
    _file("carriage-returns-alone", JOINER.replace("\n", "\r"), "ZT003"),
    _for("number-in-octal", "asn: 64502", "asn: 0o175766", "ZT012"),
    _for("number-with-underscores", "asn: 64502", "asn: 64_502", "ZT012"),
    _for("number-as-a-float", "asn: 64502", "asn: 64502.0", "ZT012"),
    _for("number-in-other-digits", "asn: 64502", "asn: \u0666\u0664\u0665\u0660\u0662", "ZT012"),
    _for("number-of-four-thousand-digits", "asn: 64502", "asn: " + "6" * 4000, "ZT012"),
    _for("account-of-four-thousand-digits", "id: 64502, l", f"id: {'6' * 4000}, l", "ZT012"),
    _for("account-zero", "id: 64502, l", "id: 0, l", "ZT012"),
    _for("account-negative", "id: 64502, l", "id: -1, l", "ZT012"),
    _for("node-id-in-capitals", "id: 1a2b364502", "id: 1A2B364502", "ZT012"),
    _for("node-id-of-nine-digits", "id: 1a2b364502", "id: 1a2b36450", "ZT012"),
    _for("address-with-a-mask", "192.0.2.12", "192.0.2.12/24", "ZT012"),
    _for("address-with-zeros", "192.0.2.12", "192.0.002.012", "ZT012"),
    _for("address-with-a-zone", "2001:db8:64:96::12", "fe80::1%eth0", "ZT012"),
    _for("address-mapped", '"2001:db8:64:96::12"', '"::ffff:192.0.2.12"', "ZT20"),
    _line("unknown-key", "role: owner", "ZT010"),
    _line("auth-of-rsa-1024", "auth: [ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ]", "ZT012"),
    _line("auth-with-options", 'auth: ["command=\\"id\\" ssh-ed25519 AAAA"]', "ZT012"),
    _line("auth-by-a-certificate", "auth: [ssh-ed25519-cert-v01@openssh.com AAAA]", "ZT012"),
    _line("as-set-that-is-bird", "as_set: {ipv4: 'AS-X; } protocol static {'}", "ZT012"),
    _line("max-prefixes-beyond-all", "max_prefixes: {ipv4: 99999999999}", "ZT012"),
    Pull(
        "directives-change-nothing",
        Must.PASS,
        joining("%YAML 1.1\n%TAG ! tag:example.net,2026:\n---\n" + JOINER),
    ),
    Pull(
        "carriage-returns-and-line-feeds-are-text",
        Must.PASS,
        joining(JOINER.replace("\n", "\r\n")),
    ),
)
