"""`.github/CODEOWNERS` as policy/maintainers.yaml has it: whom the forge asks to look at what.

Law: pure. It asks and decides nothing: who may approve is judged by `admission.authority`, by numeric ids.
A login here is the label that policy has for an account.
"""

from __future__ import annotations

from ztix.maintainers_policy import MaintainersPolicy, Role

PATH = ".github/CODEOWNERS"


def codeowners(policy: MaintainersPolicy) -> str:
    """The file's text. Where nobody is named yet, nobody is asked."""
    owners = _logins(policy, Role.OWNER)
    admins = _logins(policy, Role.OWNER, Role.ADMIN)
    lines = [
        "# Who is asked to look at a change. The last line that fits a path counts.",
        "# Written by `ztix codeowners` from policy/maintainers.yaml: edit that, and write it anew.",
        _line("*", owners),
        "",
        "# What PeeringDB and the IRR said.",
        _line("/evidence/", admins),
        "",
        "# A member's file needs a maintainer, any of them: nobody in particular.",
        "/members/",
    ]
    return "\n".join(lines) + "\n"


def _logins(policy: MaintainersPolicy, *roles: Role) -> list[str]:
    return [f"@{each.github.login}" for each in policy.maintainers if each.role in roles]


def _line(path: str, people: list[str]) -> str:
    return " ".join([path.ljust(11) if people else path, *people])
