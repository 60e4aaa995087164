"""Who somebody is at GitHub.

Law: values. Logins are given up and taken by others, so nothing is decided by a login.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ztix.shape import Count, Model, Text


class GitHubAccount(Model):
    """A GitHub account. The numeric id is the identity; the login is a label that may change."""

    id: Annotated[Count, Field(ge=1)]
    """The account's numeric id: https://api.github.com/users/LOGIN shows it."""
    login: Annotated[Text, Field(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$")]
    """The account's name at the time of writing."""
