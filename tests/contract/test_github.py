"""The GitHub driver against the documented shapes of its REST API, and against each way to fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr

from ztix.drivers.github import BASE_URL, PAGES_MAX, GitHub, github_client
from ztix.drivers.http import RetryBudget
from ztix.errors import Refused, Unavailable, Usage
from ztix.forge import ISSUE_LABEL, ISSUE_MARK, MARK, NOBODY, Issue, Light, PullRequest

HEAD, OTHER = "a" * 40, "c" * 40
US, AUTHOR, ALICE, BOB = 41898282, 583231, 1001, 1002
REPO = f"{BASE_URL}/repos/example-ix/exchange"
PULL = f"{REPO}/pulls/7"
COMMENTS = f"{REPO}/issues/7/comments"
ISSUES = f"{REPO}/issues"
STATUSES = f"{REPO}/commits/{HEAD}/statuses"
OURS = f"{MARK}v1 head={OTHER} digest=sha256:{'0' * 64} truncated=false -->\nold"
TOKEN = "ghs_not_a_token"


def account(number: int) -> dict[str, object]:
    return {"id": number, "login": f"user{number}", "type": "User"}


def pull(**changes: object) -> dict[str, object]:
    """A pull request as `GET /repos/{owner}/{repo}/pulls/{number}` has it, as far as it is read."""
    return {
        "number": 7,
        "state": "open",
        "user": account(AUTHOR),
        "labels": [{"id": 1, "name": "hold"}, {"id": 2, "name": "join"}],
        "head": {"ref": "main", "sha": HEAD, "user": account(AUTHOR)},
        "base": {"ref": "main", "sha": OTHER},
        **changes,
    }


def review(who: int | None, state: str, commit: str | None = HEAD) -> dict[str, object]:
    return {"id": 1, "user": None if who is None else account(who), "state": state, "commit_id": commit}


def status(
    state: str, at: str, who: int = US, context: str = "ztix/verdict", words: str = "x"
) -> dict[str, object]:
    return {
        "state": state,
        "context": context,
        "description": words,
        "created_at": at,
        "creator": account(who),
    }


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    """GitHub with one pull request, its author, no review, status or comment; other addresses are errors."""
    with respx.mock(assert_all_called=False) as router:
        router.get(PULL).respond(json=pull())
        router.get(f"{PULL}/reviews").respond(json=[])
        router.get(f"{BASE_URL}/user/{AUTHOR}").respond(
            json={**account(AUTHOR), "created_at": "2011-01-25T18:44:36Z"}
        )
        router.get(STATUSES).respond(json=[])
        router.get(COMMENTS).respond(json=[])
        router.post(COMMENTS).respond(201, json={"id": 5})
        router.patch(f"{REPO}/issues/comments/5").respond(json={"id": 5})
        router.post(f"{REPO}/statuses/{HEAD}").respond(201, json={})
        router.put(f"{PULL}/merge").respond(json={"sha": OTHER, "merged": True})
        router.get(f"{REPO}/git/ref/heads/main").respond(
            json={"ref": "refs/heads/main", "object": {"type": "commit", "sha": OTHER}}
        )
        router.get(ISSUES).respond(json=[])
        router.post(ISSUES).respond(201, json={"number": 12, "labels": [{"name": ISSUE_LABEL}]})
        router.patch(f"{REPO}/issues/12").respond(json={"number": 12})
        router.post(f"{REPO}/issues/12/comments").respond(201, json={"id": 6})
        router.get(f"{REPO}/pulls").respond(json=[{"number": 9}, {"number": 7}])
        router.get(f"{REPO}/commits/{OTHER}/pulls").respond(json=[])
        yield router


def github(account: int | None = US, waits: list[float] | None = None) -> GitHub:
    budget = RetryBudget(12, 300.0, (waits if waits is not None else []).append, lambda low, _: low)
    return GitHub(github_client(SecretStr(TOKEN)), "example-ix/exchange", budget, account)


def sent(route: respx.Route) -> Any:
    return json.loads(route.calls.last.request.content)


def test_pull_request_is_told_by_numbers(api: respx.MockRouter) -> None:
    """The author is an id, the head a commit, the account's age a moment."""
    born = datetime(2011, 1, 25, 18, 44, 36, tzinfo=UTC)
    assert github().pull_request(7) == PullRequest(
        7, AUTHOR, born, "main", HEAD, True, frozenset({"hold", "join"}), frozenset()
    )
    request = api.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Accept"] == "application/vnd.github+json"


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_pull_request_when_closed_is_not_open(api: respx.MockRouter, state: str) -> None:
    """Only `open` is open."""
    api.get(PULL).respond(json=pull(state=state))
    assert not github().pull_request(7).open


def test_pull_request_when_its_account_is_gone_is_of_nobody(api: respx.MockRouter) -> None:
    """Where GitHub names no author there is none, and none whose account could be old enough."""
    api.get(PULL).respond(json=pull(user=None))
    found = github().pull_request(7)
    assert (found.author, found.author_created) == (NOBODY, None)


@pytest.mark.parametrize("status", [403, 404])
def test_pull_request_when_the_account_is_not_found_has_no_age(api: respx.MockRouter, status: int) -> None:
    """An account that cannot be looked at is not old, and is judged all the same."""
    api.get(f"{BASE_URL}/user/{AUTHOR}").respond(status, json={"message": "Not Found"})
    assert github().pull_request(7).author_created is None


@pytest.mark.parametrize(
    ("reviews", "approving"),
    [
        ([review(ALICE, "APPROVED"), review(BOB, "APPROVED")], {ALICE, BOB}),
        ([review(ALICE, "APPROVED", OTHER)], set()),
        ([review(ALICE, "APPROVED"), review(ALICE, "CHANGES_REQUESTED")], set()),
        ([review(ALICE, "CHANGES_REQUESTED"), review(ALICE, "APPROVED")], {ALICE}),
        ([review(ALICE, "APPROVED"), review(ALICE, "COMMENTED")], {ALICE}),
        ([review(ALICE, "DISMISSED")], set()),
        ([review(ALICE, "APPROVED"), review(ALICE, "APPROVED", OTHER)], set()),
        ([review(ALICE, "PENDING")], set()),
        ([review(None, "APPROVED")], set()),
        ([review(ALICE, "APPROVED", None)], set()),
        ([review(ALICE, "approved")], set()),
    ],
)
def test_approvals_are_the_latest_of_each_account_on_exactly_this_head(
    api: respx.MockRouter, reviews: list[dict[str, object]], approving: set[int]
) -> None:
    """What was dismissed, taken back, or said of another commit approves nothing."""
    api.get(f"{PULL}/reviews").respond(json=reviews)
    assert github().pull_request(7).approvals == approving


def paged(rows: list[dict[str, object]]) -> Callable[[httpx.Request], httpx.Response]:
    """A list in pages of one row, each with a link to the next."""

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", "1"))
        more = f'<{request.url.copy_set_param("page", page + 1)}>; rel="next", <{request.url}>; rel="last"'
        return httpx.Response(
            200, json=rows[page - 1 : page], headers={"Link": more} if page < len(rows) else {}
        )

    return answer


def test_lists_are_read_to_their_last_page(api: respx.MockRouter) -> None:
    """The review that takes an approval back may be on another page."""
    rows = [review(ALICE, "APPROVED"), review(BOB, "APPROVED"), review(ALICE, "DISMISSED")]
    route = api.get(f"{PULL}/reviews").mock(side_effect=paged(rows))
    assert github().pull_request(7).approvals == {BOB}
    assert [call.request.url.params["per_page"] for call in route.calls] == ["100"] * 3


def test_lists_when_they_do_not_end_are_unavailable(api: respx.MockRouter) -> None:
    """What cannot be read in full is not known."""
    api.get(f"{PULL}/reviews").mock(side_effect=paged([review(ALICE, "APPROVED")] * (PAGES_MAX + 1)))
    with pytest.raises(Unavailable, match="more than 30 pages"):
        github().pull_request(7)


@pytest.mark.parametrize(
    "link", ["https://example.net/x", "http://api.github.com/x", "https://api.github.com:8443/x"]
)
def test_lists_when_the_next_page_is_elsewhere_send_no_token_there(api: respx.MockRouter, link: str) -> None:
    """The token goes to GitHub and to nobody else."""
    api.get(COMMENTS).respond(json=[], headers={"Link": f'<{link}>; rel="next"'})
    with pytest.raises(Unavailable, match="another host"):
        github().told(7)


@pytest.mark.parametrize(
    ("statuses", "since"),
    [
        ([], None),
        ([status("success", "2026-01-02T03:00:00Z")], 3),
        ([status("success", "2026-01-02T05:00:00Z"), status("success", "2026-01-02T04:00:00Z")], 4),
        ([status("pending", "2026-01-02T05:00:00Z"), status("success", "2026-01-02T04:00:00Z")], None),
        (
            [
                status("success", "2026-01-02T06:00:00Z"),
                status("pending", "2026-01-02T05:00:00Z"),
                status("success", "2026-01-02T04:00:00Z"),
            ],
            6,
        ),
        ([status("success", "2026-01-02T03:00:00Z", ALICE)], None),
        ([status("success", "2026-01-02T03:00:00Z", context="other")], None),
        (
            [
                status("failure", "2026-01-02T05:00:00Z", context="ci"),
                status("success", "2026-01-02T04:00:00Z"),
            ],
            4,
        ),
    ],
)
def test_ready_since_is_when_our_own_status_last_became_success(
    api: respx.MockRouter, statuses: list[dict[str, object]], since: int | None
) -> None:
    """Another account's status of the same name, and ours of before, do not count."""
    api.get(STATUSES).respond(json=statuses)
    moment = None if since is None else datetime(2026, 1, 2, since, tzinfo=UTC)
    assert github().pull_request(7).ready_since == moment


def comment(who: int | None, body: str | None, number: int = 5) -> dict[str, object]:
    return {"id": number, "user": None if who is None else account(who), "body": body}


FORGED = [
    comment(ALICE, f"{OURS} forged", 3),
    comment(None, OURS, 4),
    comment(US, f"I quote: {OURS}", 6),
    comment(US, None, 8),
]


def test_tell_when_there_is_no_comment_of_ours_writes_one(api: respx.MockRouter) -> None:
    """A stranger's comment with our mark is a stranger's, and so is ours that quotes one."""
    api.get(COMMENTS).respond(json=FORGED)
    github().tell(7, "new")
    assert sent(api.post(COMMENTS)) == {"body": "new"}
    assert api.patch(f"{REPO}/issues/comments/5").call_count == 0
    assert github().told(7) is None


def test_tell_when_ours_is_there_puts_the_text_in_its_place(api: respx.MockRouter) -> None:
    """There is one comment, however often it is told."""
    api.get(COMMENTS).respond(json=[*FORGED, comment(US, OURS)])
    github().tell(7, "new")
    assert sent(api.patch(f"{REPO}/issues/comments/5")) == {"body": "new"}
    assert api.post(COMMENTS).call_count == 0
    assert github().told(7) == OURS


def test_tell_when_it_says_so_already_writes_nothing(api: respx.MockRouter) -> None:
    """A text that stands is left alone: every edit tells the readers that something happened."""
    api.get(COMMENTS).respond(json=[comment(US, OURS)])
    github().tell(7, OURS)
    assert {call.request.method for call in api.calls} == {"GET"}


def test_light_sets_the_status_of_the_commit(api: respx.MockRouter) -> None:
    """State, words and the name that branch protection asks for."""
    github().light(HEAD, Light.PENDING, "AS64500 joins")
    wanted = {"state": "pending", "description": "AS64500 joins", "context": "ztix/verdict"}
    assert sent(api.post(f"{REPO}/statuses/{HEAD}")) == wanted


@pytest.mark.parametrize(
    ("last", "sets"),
    [
        (status("pending", "2026-01-02T03:00:00Z", words="w"), False),
        (status("pending", "2026-01-02T03:00:00Z", words="other"), True),
        (status("success", "2026-01-02T03:00:00Z", words="w"), True),
        (status("pending", "2026-01-02T03:00:00Z", ALICE, words="w"), True),
    ],
)
def test_light_when_the_same_is_set_sets_nothing(
    api: respx.MockRouter, last: dict[str, object], sets: bool
) -> None:
    """A commit takes a thousand statuses, and since when it is ready is told by the first of a row."""
    api.get(STATUSES).respond(json=[last])
    github().light(HEAD, Light.PENDING, "w")
    assert api.post(f"{REPO}/statuses/{HEAD}").called is sets


def issue(number: int, who: int | None = US, body: str | None = ISSUE_MARK, **more: object) -> object:
    user = None if who is None else account(who)
    return {"number": number, "title": "moved", "body": body, "user": user, **more}


def test_issues_are_our_own_with_our_mark(api: respx.MockRouter) -> None:
    """A stranger's, one without the mark and a pull request are none; the oldest comes first."""
    others = [
        issue(1, ALICE),
        issue(2, None),
        issue(3, body=f"I quote {ISSUE_MARK}"),
        issue(4, body=None),
        issue(5, pull_request={"url": PULL}),
    ]
    api.get(ISSUES).respond(json=[issue(14), *others, issue(12)])
    assert github().issues() == (Issue(12, "moved", ISSUE_MARK), Issue(14, "moved", ISSUE_MARK))
    query = dict(api.calls.last.request.url.params)
    assert query == {
        "state": "open",
        "labels": "ztix-drift",
        "sort": "created",
        "direction": "asc",
        "per_page": "100",
    }


def test_issue_is_opened_with_its_label_and_once(api: respx.MockRouter) -> None:
    """The label is how the next run finds it; a second of two calls would open a second issue."""
    assert github().open_issue("moved", f"{ISSUE_MARK}-->") == 12
    assert sent(api.post(ISSUES)) == {"title": "moved", "body": f"{ISSUE_MARK}-->", "labels": ["ztix-drift"]}
    route = api.post(ISSUES).respond(502)
    calls = route.call_count
    with pytest.raises(Unavailable):
        github().open_issue("moved", "x")
    assert route.call_count == calls + 1


def test_issue_that_came_without_its_label_is_told(api: respx.MockRouter) -> None:
    """GitHub leaves out the labels of who may set none; nobody would find the issue again."""
    api.post(ISSUES).respond(201, json={"number": 12, "labels": []})
    with pytest.raises(Refused, match="issue 12 without the label `ztix-drift`"):
        github().open_issue("moved", "x")


def test_issue_is_edited_in_its_place(api: respx.MockRouter) -> None:
    """Title and text are put in the place of the old ones, and nothing else."""
    github().edit_issue(12, "moved on", "x")
    assert sent(api.patch(f"{REPO}/issues/12")) == {"title": "moved on", "body": "x"}
    assert [call.request.method for call in api.calls] == ["PATCH"]


def test_issue_is_closed_and_then_told_why(api: respx.MockRouter) -> None:
    """Cut short between the two, it is closed, and is not told so every hour."""
    github().close_issue(12, "gone")
    assert [call.request.method for call in api.calls] == ["PATCH", "POST"]
    assert sent(api.patch(f"{REPO}/issues/12")) == {"state": "closed", "state_reason": "completed"}
    assert sent(api.post(f"{REPO}/issues/12/comments")) == {"body": "gone"}


def test_issues_when_switched_off_are_refused(api: respx.MockRouter) -> None:
    """A repository without issues is no outage."""
    api.post(ISSUES).respond(410, json={"message": "Issues are disabled for this repo"})
    with pytest.raises(Refused, match="Issues are disabled"):
        github().open_issue("moved", "x")


def test_merge_names_the_head_that_it_is_for(api: respx.MockRouter) -> None:
    """GitHub merges that commit or nothing."""
    github().merge(7, HEAD)
    assert sent(api.put(f"{PULL}/merge")) == {"sha": HEAD, "merge_method": "squash"}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (409, "Head branch was modified. Review and try the merge again."),
        (405, "Pull Request is not mergeable"),
        (422, "Validation Failed"),
        (403, "Resource not accessible by integration"),
    ],
)
def test_merge_when_it_may_not_be_is_refused_in_github_s_words(
    api: respx.MockRouter, answer: int, message: str
) -> None:
    """A head that moved, a rule of the branch, a token that may not."""
    api.put(f"{PULL}/merge").respond(answer, json={"message": message})
    with pytest.raises(Refused) as refused:
        github().merge(7, HEAD)
    assert message[:40] in refused.value.message
    assert refused.value.help


def test_merge_when_unanswered_is_not_tried_again(api: respx.MockRouter) -> None:
    """The first of two may have merged."""
    route = api.put(f"{PULL}/merge").respond(502)
    with pytest.raises(Unavailable):
        github().merge(7, HEAD)
    assert route.call_count == 1


def test_tip_is_the_commit_of_that_branch(api: respx.MockRouter) -> None:
    """A branch's name is a name: neither a query nor another path."""
    assert github().tip("main") == OTHER
    odd = api.get(f"{REPO}/git/ref/heads/a/b%3Fc%23d").respond(json={"object": {"sha": HEAD}})
    assert github().tip("a/b?c#d") == HEAD
    assert odd.called


def test_open_numbers_are_the_latest_first(api: respx.MockRouter) -> None:
    """The list is GitHub's, into this branch, by when they moved."""
    assert github().open_numbers("main") == (9, 7)
    query = dict(api.calls.last.request.url.params)
    assert query == {
        "state": "open",
        "base": "main",
        "sort": "updated",
        "direction": "desc",
        "per_page": "100",
    }


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ([], None),
        ([{"number": 7, "merge_commit_sha": OTHER, "merged_at": "2026-01-02T03:00:00Z"}], 7),
        ([{"number": 7, "merge_commit_sha": OTHER, "merged_at": None}], None),
        ([{"number": 7, "merge_commit_sha": HEAD, "merged_at": "2026-01-02T03:00:00Z"}], None),
    ],
)
def test_merged_as_is_the_one_whose_merge_it_is(
    api: respx.MockRouter, rows: list[dict[str, object]], number: int | None
) -> None:
    """An open pull request may hold the commit too, and is not the one that brought it."""
    api.get(f"{REPO}/commits/{OTHER}/pulls").respond(json=rows)
    assert github().merged_as(OTHER) == number


def test_account_when_not_given_is_asked_once(api: respx.MockRouter) -> None:
    """A person's own token tells who it is."""
    route = api.get(f"{BASE_URL}/user").respond(json=account(ALICE))
    api.get(COMMENTS).respond(json=[comment(ALICE, OURS)])
    forge = github(account=None)
    assert (forge.told(7), forge.told(7)) == (OURS, OURS)
    assert route.call_count == 1


def test_account_when_the_token_may_not_ask_says_what_to_set(api: respx.MockRouter) -> None:
    """A workflow's token is of no account that it could name."""
    api.get(f"{BASE_URL}/user").respond(403, json={"message": "Resource not accessible by integration"})
    api.get(COMMENTS).respond(json=[comment(ALICE, OURS)])
    with pytest.raises(Refused) as refused:
        github(account=None).told(7)
    assert "ZTIX_GITHUB_ACCOUNT" in refused.value.help


CALLS: dict[str, tuple[str, str, Callable[[GitHub], object]]] = {
    "pull request": ("GET", PULL, lambda forge: forge.pull_request(7)),
    "reviews": ("GET", f"{PULL}/reviews", lambda forge: forge.pull_request(7)),
    "author": ("GET", f"{BASE_URL}/user/{AUTHOR}", lambda forge: forge.pull_request(7)),
    "statuses": ("GET", STATUSES, lambda forge: forge.pull_request(7)),
    "open": ("GET", f"{REPO}/pulls", lambda forge: forge.open_numbers("main")),
    "tip": ("GET", f"{REPO}/git/ref/heads/main", lambda forge: forge.tip("main")),
    "told": ("GET", COMMENTS, lambda forge: forge.told(7)),
    "tell": ("POST", COMMENTS, lambda forge: forge.tell(7, "x")),
    "light": ("POST", f"{REPO}/statuses/{HEAD}", lambda forge: forge.light(HEAD, Light.SUCCESS, "x")),
    "merge": ("PUT", f"{PULL}/merge", lambda forge: forge.merge(7, HEAD)),
    "issues": ("GET", ISSUES, lambda forge: forge.issues()),
    "open issue": ("POST", ISSUES, lambda forge: forge.open_issue("x", "x")),
    "edit issue": ("PATCH", f"{REPO}/issues/12", lambda forge: forge.edit_issue(12, "x", "x")),
    "close issue": ("PATCH", f"{REPO}/issues/12", lambda forge: forge.close_issue(12, "x")),
    "merged as": ("GET", f"{REPO}/commits/{OTHER}/pulls", lambda forge: forge.merged_as(OTHER)),
}
LIMIT = {"message": "You have exceeded a secondary rate limit."}
FAULTS: dict[str, tuple[httpx.Response | Exception, type[Exception]]] = {
    "timeout": (httpx.ReadTimeout("x"), Unavailable),
    "no connection": (httpx.ConnectError("x"), Unavailable),
    "cut": (httpx.RemoteProtocolError("x"), Unavailable),
    "500": (httpx.Response(500, text="oops"), Unavailable),
    "502": (httpx.Response(502), Unavailable),
    "429": (httpx.Response(429, headers={"Retry-After": "1"}, json=LIMIT), Unavailable),
    "403 secondary": (httpx.Response(403, json=LIMIT), Unavailable),
    "403 retry": (httpx.Response(403, headers={"Retry-After": "60"}), Unavailable),
    "403 primary": (httpx.Response(403, headers={"X-RateLimit-Remaining": "0"}, json={}), Unavailable),
    "403": (httpx.Response(403, json={"message": "Resource not accessible"}), Refused),
    "401": (httpx.Response(401, json={"message": "Bad credentials"}), Refused),
    "redirect": (httpx.Response(301, headers={"Location": "https://example.net/"}), Unavailable),
    "long": (httpx.Response(200, content=b" " * (8 * 1024 * 1024 + 1)), Unavailable),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_call_when_it_fails_is_unavailable_or_refused(api: respx.MockRouter, call: str, fault: str) -> None:
    """Nothing else comes out of the driver, no token is in the words, and each says what to do."""
    method, address, act = CALLS[call]
    answer, kind = FAULTS[fault]
    if call == "author" and kind is Refused:
        return  # its age is unknown then, which is tested above
    route = api.request(method, address)
    if isinstance(answer, Exception):
        route.mock(side_effect=answer)
    else:
        route.mock(return_value=answer)
    with pytest.raises(kind) as caught:
        act(github())
    assert TOKEN not in str(caught.value)
    assert caught.value.help  # type: ignore[attr-defined]  # both kinds are of our family


GARBLED = ["<html>", "{}", "[]", "null", "[3]", '{"user": 3}', '"x"', "[[]]", "{" * 2000]


@pytest.mark.parametrize("body", GARBLED)
@pytest.mark.parametrize("call", [name for name, (method, _, _) in CALLS.items() if method == "GET"])
def test_call_when_the_answer_is_of_another_form_is_unavailable(
    api: respx.MockRouter, call: str, body: str
) -> None:
    """An empty list is an answer where a list is asked for; anything else of another form says nothing."""
    _, address, act = CALLS[call]
    if body == "[]" and call not in ("pull request", "author", "tip"):
        return
    api.get(url=address).respond(200, text=body)
    with pytest.raises(Unavailable):
        act(github())


@pytest.mark.parametrize(
    "spoilt",
    [
        pull(head={"sha": "main"}),
        pull(head={"sha": None}),
        pull(head=None),
        pull(user={"id": "583231"}),
        pull(user={"id": True}),
        pull(user={"id": -1}),
        pull(labels=None),
        pull(labels=["hold"]),
    ],
)
def test_pull_request_when_a_field_that_decides_is_spoilt_is_unavailable(
    api: respx.MockRouter, spoilt: dict[str, object]
) -> None:
    """An id is a number, a head a whole commit id, and labels a list; nothing is guessed."""
    api.get(PULL).respond(json=spoilt)
    with pytest.raises(Unavailable, match="another form"):
        github().pull_request(7)


@pytest.mark.parametrize("text", ["soon", "2026-01-02T03:00:00", ""])
def test_times_without_a_zone_are_unavailable(api: respx.MockRouter, text: str) -> None:
    """A moment has a zone, or nobody knows when it is."""
    api.get(STATUSES).respond(json=[status("success", text)])
    with pytest.raises(Unavailable, match="a time"):
        github().pull_request(7)


def test_call_when_limited_waits_as_long_as_asked(api: respx.MockRouter) -> None:
    """`Retry-After` is honoured before the call is made again."""
    answers = [httpx.Response(429, headers={"Retry-After": "17"}), httpx.Response(200, json=[])]
    api.get(COMMENTS).mock(side_effect=answers)
    waits: list[float] = []
    assert github(waits=waits).told(7) is None
    assert waits == [17.0]


@pytest.mark.parametrize("name", ["exchange", "a/b/c", "../x", "a/b?c", "a /b", ""])
def test_repository_when_it_is_none_is_a_usage_error(name: str) -> None:
    """It becomes a part of every address."""
    with pytest.raises(Usage):
        GitHub(github_client(SecretStr(TOKEN)), name, RetryBudget(), US)
