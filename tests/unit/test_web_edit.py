"""Links to a forge's own editor."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from ztix.web_edit import new_file_link

PATH = "members/AS64500.yaml"


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/example-ix/exchange",
        "https://github.com/example-ix/exchange.git",
        "https://x-access-token:ghs_secret@github.com/example-ix/exchange/",
        "git@github.com:example-ix/exchange.git",
        "ssh://git@github.com/example-ix/exchange.git",
    ],
)
def test_new_file_link_of_a_github_remote_opens_its_editor(remote: str) -> None:
    """Owner and repository are taken from any form, and nothing else is: no token, no host of another."""
    link = new_file_link(remote, PATH, "name: A & B #1\n")
    assert link is not None
    parts = urlsplit(link)
    assert (parts.netloc, parts.path) == ("github.com", "/example-ix/exchange/new/main")
    assert parse_qs(parts.query) == {"filename": [PATH], "value": ["name: A & B #1\n"]}
    assert "secret" not in link


@pytest.mark.parametrize(
    "remote",
    [
        "https://git.example.net/example-ix/exchange",
        "https://github.com.example.net/a/b",
        "https://github.com/a/b/c",
        "/srv/git/exchange",
        "",
    ],
)
def test_new_file_link_of_another_forge_is_none(remote: str) -> None:
    """Where no editor is known there is no link."""
    assert new_file_link(remote, PATH, "") is None
