"""GitHub over its REST API: pull requests, the one comment, the status, the merge, the one issue.

Law: raises only Unavailable and Refused. An account is its numeric id. Of lists every page is read, or it is
Unavailable: the review that is missing may be the one that took an approval back. A comment is ours by its
mark and by its author being our own account; a stranger's with the same mark is left alone.

Facts (https://docs.github.com/en/rest): limits are told by 429, and by 403 with `Retry-After`, with
`X-RateLimit-Remaining: 0` or with words; 404 is also the answer to a token that may not see; a commit takes
1,000 statuses of one name, so one that says the same is not set again; `user` is null where the account is
gone; the token of a workflow may not ask who it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from ztix.diagnostics import shown
from ztix.drivers.github_replies import account_id, commit_id, figure, refusal, rows, table, time_of
from ztix.drivers.http import Reply, RetryBudget, client, request
from ztix.errors import Refused, Unavailable, Usage
from ztix.events import Upstream
from ztix.forge import ISSUE_LABEL, ISSUE_MARK, MARK, NOBODY, STATUS, Issue, Light, PullRequest

BASE_URL = "https://api.github.com"
WORKFLOW_ACCOUNT = 41898282  # github-actions[bot] on github.com: who a workflow's own token is
ANSWER_BYTES = 8 * 1024 * 1024  # bytes; 100 comments of the longest kind are about 7 MB
PAGE, PAGES_MAX = 100, 30
MERGE_METHOD = "squash"  # one commit for one pull request: what a run brings is told by commit
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_DECIDING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,]*\brel="?next"?')


def github_client(
    token: SecretStr, base_url: str = BASE_URL, transport: httpx.BaseTransport | None = None
) -> httpx.Client:
    """The HTTP client for GitHub. Raises Usage."""
    headers = {
        "Authorization": f"Bearer {token.get_secret_value()}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return client(
        base_url, headers=headers, timeout_s=30.0, connections=1, trust_environment=True, transport=transport
    )


@dataclass(slots=True)
class GitHub:
    """A Forge: one repository at GitHub.

    repository: `owner/name`.  account: numeric id of the account that the token is of; None asks GitHub.
    """

    http: httpx.Client
    repository: str
    budget: RetryBudget
    account: int | None = None

    def __post_init__(self) -> None:
        if not _REPOSITORY.fullmatch(self.repository):
            raise Usage(
                f"`{shown(self.repository)}` names no repository",
                help="set GITHUB_REPOSITORY to `owner/name`",
            )

    def pull_request(self, number: int) -> PullRequest:
        """The pull request as it is now. Raises Unavailable, Refused."""
        where = f"pulls/{number:d}"
        found = table(self._read(where), where)
        head, base = table(found.get("head"), where), table(found.get("base"), where)
        sha, author = commit_id(head.get("sha"), where), account_id(found.get("user"))
        labels = (table(label, where).get("name") for label in rows(found.get("labels"), where))
        return PullRequest(
            number,
            author,
            self._born(author),
            str(base.get("ref")),
            sha,
            found.get("state") == "open",
            frozenset(label for label in labels if isinstance(label, str)),
            self._approvals(number, sha),
            self._ready_since(sha),
        )

    def open_numbers(self, base: str) -> tuple[int, ...]:
        """The open pull requests into this branch; the one that moved last first."""
        query = {"state": "open", "base": base, "sort": "updated", "direction": "desc"}
        return tuple(figure(row.get("number"), "pulls") for row in self._all("pulls", query))

    def tip(self, branch: str) -> str:
        """The commit that the branch is at now. Raises Unavailable, Refused."""
        where = f"git/ref/heads/{quote(branch, safe='/')}"
        return commit_id(table(table(self._read(where), where).get("object"), where).get("sha"), where)

    def told(self, number: int) -> str | None:
        """The one comment of ztix as it is now; None where there is none."""
        ours = self._ours(number)
        return None if ours is None else str(ours["body"])

    def tell(self, number: int, text: str) -> None:
        """Write the one comment of ztix, or put this text in its place."""
        ours = self._ours(number)
        if ours is None:
            self._write("POST", f"issues/{number:d}/comments", {"body": text}, repeatable=False)
        elif ours["body"] != text:
            place = f"issues/comments/{figure(ours.get('id'), 'comments'):d}"
            self._write("PATCH", place, {"body": text}, repeatable=True)

    def light(self, head: str, light: Light, words: str) -> None:
        """Set the status `ztix/verdict` of a commit, unless it says just that."""
        wanted = {"state": light.value, "description": words, "context": STATUS}
        last = next(self._statuses(head), None)
        if last is None or (last.get("state"), last.get("description")) != (light.value, words):
            self._write("POST", f"statuses/{commit_id(head, 'statuses')}", wanted, repeatable=True)

    def merge(self, number: int, head: str) -> None:
        """Merge, if the head is still this commit. Raises Refused where it is not, or may not be."""
        body = {"sha": commit_id(head, "merge"), "merge_method": MERGE_METHOD}
        # Not repeated: the second of two would be refused, and read as if nothing had been merged.
        self._write("PUT", f"pulls/{number:d}/merge", body, repeatable=False)

    def merged_as(self, commit: str) -> int | None:
        """The number of the pull request whose merge this commit is; None where it is of none."""
        where = f"commits/{commit_id(commit, 'commits')}/pulls"
        for row in self._all(where):
            if row.get("merge_commit_sha") == commit and row.get("merged_at"):
                return figure(row.get("number"), where)
        return None

    def issues(self) -> tuple[Issue, ...]:
        """The open issues of our own account with our mark and label, the oldest first."""
        query = {"state": "open", "labels": ISSUE_LABEL, "sort": "created", "direction": "asc"}
        found = [_issue(row) for row in self._all("issues", query) if self._is_ours(row, ISSUE_MARK)]
        return tuple(sorted(found, key=lambda issue: issue.number))

    def open_issue(self, title: str, text: str) -> int:
        """Open an issue with our label; its number. Raises Refused where it came without the label."""
        body = {"title": title, "body": text, "labels": [ISSUE_LABEL]}
        where = "issues"
        opened = table(self._write("POST", where, body, repeatable=False).json(), where)
        number = figure(opened.get("number"), where)
        labels = [table(label, where).get("name") for label in rows(opened.get("labels"), where)]
        if ISSUE_LABEL not in labels:
            raise Refused(
                f"GitHub opened issue {number} without the label `{ISSUE_LABEL}`, by which it would be found",
                help="set the label there, and let the token set labels",
            )
        return number

    def edit_issue(self, number: int, title: str, text: str) -> None:
        """Put this title and text in the place of an issue's own."""
        self._write("PATCH", f"issues/{number:d}", {"title": title, "body": text}, repeatable=True)

    def close_issue(self, number: int, words: str) -> None:
        """Close an issue, and say why: in this order, or a run that is cut short says it again and again."""
        closed = {"state": "closed", "state_reason": "completed"}
        self._write("PATCH", f"issues/{number:d}", closed, repeatable=True)
        self._write("POST", f"issues/{number:d}/comments", {"body": words}, repeatable=False)

    def _approvals(self, number: int, head: str) -> frozenset[int]:
        """Who approves: by each account's latest review that decides, if it is of exactly this head."""
        latest: dict[int, tuple[object, object]] = {}
        for row in self._all(f"pulls/{number:d}/reviews"):
            if row.get("state") in _DECIDING:
                latest[account_id(row.get("user"))] = (row.get("state"), row.get("commit_id"))
        return frozenset(
            account for account, said in latest.items() if said == ("APPROVED", head) and account != NOBODY
        )

    def _ready_since(self, head: str) -> datetime | None:
        """When the oldest of the latest statuses without another between them said success."""
        since = None
        for row in self._statuses(head):
            if row.get("state") != Light.SUCCESS.value:
                break
            since = time_of(row.get("created_at"))
        return since

    def _statuses(self, head: str) -> Iterator[Mapping[str, Any]]:
        """Our own statuses of that name, the newest first."""
        for row in self._all(f"commits/{commit_id(head, 'statuses')}/statuses"):
            if row.get("context") == STATUS and account_id(row.get("creator")) == self._me():
                yield row

    def _ours(self, number: int) -> Mapping[str, Any] | None:
        comments = self._all(f"issues/{number:d}/comments")
        return next((row for row in comments if self._is_ours(row, MARK)), None)

    def _is_ours(self, row: Mapping[str, Any], mark: str) -> bool:
        """Whether it begins with our mark and is of our own account; a pull request is no issue."""
        body = row.get("body")
        marked = isinstance(body, str) and body.startswith(mark) and "pull_request" not in row
        return marked and account_id(row.get("user")) == self._me()

    def _me(self) -> int:
        if self.account is None:
            reply = self._ask("GET", "user")
            if reply.status == 403:
                raise Refused(
                    "GitHub does not tell whose token this is",
                    help="name the account's numeric id in ZTIX_GITHUB_ACCOUNT",
                )
            self.account = account_id(self._good(reply).json())
        return self.account

    def _born(self, account: int) -> datetime | None:
        """When the account was made; None where it is gone, or this token may not look at it."""
        if account == NOBODY:
            return None
        try:
            reply = self._good(self._ask("GET", f"user/{account:d}"))
        except Refused:
            return None
        return time_of(table(reply.json(), "user").get("created_at"))

    def _read(self, path: str) -> object:
        return self._good(self._ask("GET", self._path(path))).json()

    def _all(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Mapping[str, Any]]:
        """The rows of every page. Raises Unavailable where there are too many."""
        place: str | None = self._path(path)
        params: Mapping[str, str] | None = {**(query or {}), "per_page": str(PAGE)}
        for _ in range(PAGES_MAX):
            reply = self._good(self._ask("GET", str(place), params))
            for row in rows(reply.json(), path):
                yield table(row, path)
            place, params = self._next(reply), None
            if place is None:
                return
        raise Unavailable(
            f"GitHub has more than {PAGES_MAX} pages at `{path}`, and they are not read",
            help="close what is too long, and open it anew",
        )

    def _next(self, reply: Reply) -> str | None:
        """The address of the next page, if it is at the same host: the token travels with it."""
        link = _NEXT.search(reply.headers.get("Link", ""))
        if link is None:
            return None
        own, url = self.http.base_url, httpx.URL(link[1])
        if (url.scheme, url.host, url.port) != (own.scheme, own.host, own.port):
            raise Unavailable(
                f"GitHub answered {reply.where} with a next page at another host, which is not asked",
                help="check GITHUB_API_URL, and what stands between here and there",
            )
        return str(url)

    def _write(self, method: str, path: str, body: object, *, repeatable: bool) -> Reply:
        return self._good(self._ask(method, self._path(path), None, body, repeatable=repeatable))

    def _path(self, path: str) -> str:
        return f"repos/{self.repository}/{path}"

    def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        body: object = None,
        *,
        repeatable: bool | None = None,
    ) -> Reply:
        return request(
            self.http,
            method,
            path,
            service="GitHub",
            budget=self.budget,
            params=params,
            body=body,
            repeatable=repeatable,
            limit_bytes=ANSWER_BYTES,
            upstream=Upstream.GITHUB,
        )

    def _good(self, reply: Reply) -> Reply:
        if reply.status in (200, 201):
            return reply
        raise refusal(reply)


def _issue(row: Mapping[str, Any]) -> Issue:
    return Issue(figure(row.get("number"), "issues"), str(row.get("title")), str(row.get("body")))
