"""The form of a change: how many files, of what kind, under what names, and whether a secret lies in one.

Law: pure. What a file's own readers find (YAML, UTF-8, hidden characters in members/ and policy/) they find;
here is what only shows when a path is compared with others, or what lies where no reader looks.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import defaultdict
from collections.abc import Iterator

from ztix.admission.submission import CHANGES_MAX, SPLIT, FileChange, Submission
from ztix.diagnostics import Diagnostic, Severity, Span, shown
from ztix.document import hidden_characters
from ztix.enclosure import ATTESTATION, CHECKLIST, INVITATION, Enclosure
from ztix.tree import FOLDERS, Entry, Kind, byte_limit

KEY_RULE = "ZT907"
PLACES_MAX = 20  # paths that one rule names
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._@+~#$%&=,()\[\]{}^!-]+(?: [A-Za-z0-9._@+~#$%&=,()\[\]{}^!-]+)*")
# Begins where a word begins and gives nothing back, so that each byte is looked at a few times at most.
_JWT = re.compile(rb"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}+\.(eyJ[A-Za-z0-9_-]{8,}+)\.[A-Za-z0-9_-]*+")
# Wherever in a line it stands: what is commented out or quoted is public, too.
_IDENTITY = re.compile(rb"(?<![0-9a-f])[0-9a-f]{10}:0:[0-9a-f]{128}:[0-9a-f]{128}(?![0-9a-f])")
_PRIVATE_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_NEW_IDENTITY = (
    "this key is public now, also once it is gone from here: take the file out of the branch, and make a new "
    "identity: stop zerotier-one, delete `identity.secret` and `identity.public`, start it, use the new id"
)
_NEW_KEY = (
    "this key is public now, also once it is gone from here: take it out of the branch, make a new one, and "
    "have nobody trust this one any more"
)
_END_SESSION = "it is public now: end that session. `ztix prove` tells what to put here instead"
_REVOKE = "an invitation goes into `members/AS<number>.invite`; any other token is a secret: revoke it"
_PUBLIC = "stands here, and everybody can read it"
_OF_LOGINS = frozenset(["nonce", "at_hash", "email", "email_verified", "networks", "azp", "auth_time"])


def form_findings(submission: Submission) -> list[Diagnostic]:
    """Every finding about the form of the changes. Raises nothing."""
    changes = submission.changes
    found = list(_many(changes))
    for number, finding in enumerate(_each(submission)):
        if number == 5 * PLACES_MAX:
            break
        found.append(finding)
    return found


def _many(changes: tuple[FileChange, ...]) -> Iterator[Diagnostic]:
    if len(changes) > CHANGES_MAX:
        message = f"{len(changes)} files are changed, more than {CHANGES_MAX}: none of them was read"
        yield _error("ZT901", message, changes[0].path, SPLIT)


def _each(submission: Submission) -> Iterator[Diagnostic]:
    for change in submission.changes:
        if change.after is not None and not _is_plain(change.path):
            advice = "use a name of ASCII letters, digits, `.`, `_` and `-`"
            yield _error("ZT902", f"`{shown(change.path)}` is no plain path", change.path, advice)
    yield from _clashes(submission)
    for change in submission.changes:
        if change.after is not None:
            yield from _kind(change, change.after)
            yield from _keys(change, change.after)
            if change.after.content is not None:
                yield from _content(change.after, change.after.content)


def _is_plain(path: str) -> bool:
    """Whether each part of a path is one that every file system and reader takes for the same."""
    parts = path.split("/")
    return all(_PLAIN_PATH.fullmatch(part) and not (part.endswith(".") and part != "..") for part in parts)


def _clashes(submission: Submission) -> Iterator[Diagnostic]:
    """Paths, or folders in them, that are one on a file system that does not tell cases apart."""
    changed = {change.path: None for change in submission.changes if change.after is not None}
    names = {name.lower() for path in changed for name in (path, *_folders(path))}
    known = [*submission.after.entries, *changed]
    places = {
        folder for path in {path.rpartition("/")[0] for path in known} for folder in _folders(f"{path}/")
    }
    spelled: dict[str, set[str]] = defaultdict(set)
    for name in (*FOLDERS, *places, *known):
        if name.lower() in names:
            spelled[name.lower()].add(name)
    for path in changed:
        for name in (*_folders(path), path):
            others = sorted(spelled[name.lower()] - {name})
            if others:
                what = f"`{shown(name)}` differs from `{shown(others[0])}` in the case of letters only"
                yield _error("ZT903", what, path, f"use `{shown(others[0])}`, or another name")
                break


def _folders(path: str) -> Iterator[str]:
    at = path.find("/")
    while at > 0:
        yield path[:at]
        at = path.find("/", at + 1)


def _kind(change: FileChange, after: Entry) -> Iterator[Diagnostic]:
    inside = change.path.partition("/")[0] in FOLDERS
    ours = inside or after.kind is not Kind.EXECUTABLE
    was = change.before.kind if change.before else None
    plain = "commit a plain file: `git update-index --chmod=-x FILE`, or the text itself in place of a link"
    if after.kind is not Kind.FILE and ours:
        yield _error("ZT904", f"this is {after.kind.one}, not a regular file", change.path, plain)
    elif after.kind is Kind.EXECUTABLE and was is Kind.FILE:
        yield _error("ZT904", "the file is made executable", change.path, plain)
    if inside and after.kind is Kind.FILE and after.size > byte_limit(change.path):
        message = f"the file has {after.size} bytes, more than {byte_limit(change.path)}"
        yield _error("ZT905", message, change.path, "make it shorter")


def _content(after: Entry, content: bytes) -> Iterator[Diagnostic]:
    enclosed = Enclosure.parse(after.path)
    if not (enclosed and enclosed.suffix == CHECKLIST):
        read_elsewhere = after.path.endswith(".yaml") and after.path.startswith(("members/", "policy/"))
        if not read_elsewhere:
            yield from hidden_characters(after.path, content)
    yield from _tokens(after.path, content, enclosed)


def _keys(change: FileChange, after: Entry) -> Iterator[Diagnostic]:
    """The first private key in a file; none of it is told but where it stands."""
    content = after.content or change.outside or b""
    for pattern, what, advice in (
        (_IDENTITY, "the secret identity of a node", _NEW_IDENTITY),
        (_PRIVATE_KEY, "a private key", _NEW_KEY),
    ):
        if (match := pattern.search(content)) is not None:
            place = _span(change.path, content, match.start())
            yield Diagnostic(KEY_RULE, Severity.ERROR, f"{what} {_PUBLIC}", place, advice)
            return
    if change.path.endswith(".secret"):
        advice = "what is in it is public now: take the file out of the branch, and make a new secret"
        yield _error(KEY_RULE, "by its name this file is a secret", change.path, advice)


def _tokens(path: str, content: bytes, enclosed: Enclosure | None) -> Iterator[Diagnostic]:
    """Tokens where none belongs, and those of a login anywhere."""
    expected = enclosed is not None and enclosed.suffix in (INVITATION, ATTESTATION)
    for match in _JWT.finditer(content):
        login = _of_a_login(match[1])
        if expected and not login:
            continue
        what, advice = ("a token of a login", _END_SESSION) if login else ("a token", _REVOKE)
        place = _span(path, content, match.start())
        yield Diagnostic("ZT906", Severity.ERROR, f"{what} {_PUBLIC}", place, advice)
        return


def _span(path: str, content: bytes, at: int) -> Span:
    """The place of a byte; columns count bytes, for nobody says that the rest is a text."""
    column = at - content.rfind(b"\n", 0, at)
    return Span(path, content.count(b"\n", 0, at) + 1, column, column + 1)


def _of_a_login(payload: bytes) -> bool:
    """Whether a token's payload is that of an OpenID Connect id_token, by what such a one alone has."""
    try:
        said = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return False
    return isinstance(said, dict) and not _OF_LOGINS.isdisjoint(said)


def _error(rule: str, message: str, path: str, help: str) -> Diagnostic:  # noqa: A002 - a finding's word
    return Diagnostic(rule, Severity.ERROR, message, Span(path), help)
