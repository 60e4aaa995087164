"""A fabric's token is replaced: by whom it is restarted, and when the new one is the only one that opens.

Law: effects only through the ports. What cannot be done from here, such as restarting a controller, is a
person's to do and ztix's to wait for. Nothing is told as rotated before the service itself has accepted the
new token and refused the old one, and is the controller that the runs know; in the controller's home the old
one is kept until then, so that a run which dies in between can be run again. No token gets into a message or
a record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pydantic import SecretStr

from ztix.errors import Partial, Refused, Unavailable, Usage
from ztix.link import Clock
from ztix.terms import Label
from ztix.world import State

NOBODY = SecretStr("nobody-has-this-token-nobody")  # whoever accepts it accepts any
LENGTH_MIN = 16
LOOK_S = 1.0  # seconds between two looks


class Door(Protocol):
    """A service that a token opens. service: in words for messages."""

    @property
    def service(self) -> str: ...

    def opens(self, token: SecretStr) -> bool:
        """Whether the service accepts the token now. Raises Unavailable."""
        ...

    def check(self, token: SecretStr) -> None:
        """Raises Refused where another controller answers than the runs know, Unavailable."""
        ...


class Home(Protocol):
    """A controller's folder on this machine."""

    def held(self) -> SecretStr:
        """The token in its file."""
        ...

    def former(self) -> SecretStr | None:
        """The token that a rotation which has not ended put aside."""
        ...

    def replace(self, new: SecretStr) -> None:
        """Put the old token aside and the new one into the file."""
        ...

    def settle(self) -> None:
        """Remove what was put aside."""
        ...


def rotate(
    door: Door, old: SecretStr, new: SecretStr, clock: Clock, wait_s: float, announce: Callable[[], None]
) -> None:
    """Return when the service accepts the new token and refuses the old one.

    announce: tells a person what to do; called where it is not done yet.  wait_s: how long that may take.
    Raises Usage, Refused where waiting would be of no use, Unavailable, Partial when the time is over.
    """
    _refuse_weak(old, new)
    if door.opens(NOBODY):
        raise Refused(
            f"{door.service} accepts any token", help="look at who answers there before anything else"
        )
    old_opens = door.opens(old)
    if old_opens:
        door.check(old)  # first: another controller must not be shown the new token
    new_opens = door.opens(new)
    if not new_opens and not old_opens:
        raise Refused(
            f"{door.service} accepts neither the old token nor the new one",
            help="check that this is the right service, that this host may ask it, and both tokens",
        )
    end, reason = clock.monotonic() + wait_s, "it still accepts the old token"
    if old_opens:
        announce()
    while old_opens or not new_opens:
        if clock.monotonic() >= end:
            raise Partial(
                f"the token of {door.service} is not rotated: {reason}",
                help="do what the steps say, then run this again",
            )
        clock.sleep(LOOK_S)
        try:
            new_opens, old_opens = door.opens(new), door.opens(old)
        except Unavailable as error:  # as a service that is being restarted
            reason = error.message
        else:
            reason = "it still accepts the old token" if old_opens else "it does not accept the new token"
    door.check(new)


def begin_at_home(door: Door, home: Home, new: SecretStr, *, given: bool) -> tuple[SecretStr, SecretStr]:
    """Put the new token into the controller's home. Returns the old one and the new one.

    given: a person chose the new one.  A rotation that was begun before goes on with its own tokens. Raises
    Usage, Unavailable, and Refused where what is in the file is not what the controller goes by.
    """
    former, held = home.former(), home.held()
    # Where both are the same, an earlier run ended after the first of its two files: nothing has begun.
    if former is not None and former.get_secret_value() != held.get_secret_value():
        if given and new.get_secret_value() != held.get_secret_value():
            raise Usage(
                "a rotation with another new token has begun here and not ended",
                help="run it again without a token of your own; then rotate once more",
            )
        return former, held
    _refuse_weak(held, new)
    if not door.opens(held):
        raise Refused(
            f"{door.service} does not accept the token in its own home, so this home is not its, or it was"
            " not restarted since the file changed",
            help="name the home of the controller that answers there, or restart it first",
        )
    door.check(held)
    home.replace(new)
    return held, new


def record(state: State, fabric: Label, service: str) -> None:
    """Write to the audit trail that the token was rotated. Raises Locked, Unavailable, Invalid."""
    message = f"Rotate the token of {fabric}\n\n{service} accepts the new token and refuses the old one."
    state.write(state.read(), None, message)


def _refuse_weak(old: SecretStr, new: SecretStr) -> None:
    text = new.get_secret_value()
    if text == old.get_secret_value():
        raise Usage("the new token is the old one", help="make a new one, or go on: there is nothing to do")
    if len(text) < LENGTH_MIN or not text.isascii() or not text.isprintable() or " " in text:
        raise Usage(
            f"the new token is not {LENGTH_MIN} or more printable ASCII characters without a space",
            help="make one, for instance with `openssl rand -hex 16`",
        )
