"""Rotating a token: what is waited for, what is refused at once, and what a run that died leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.world import MemoryState
from ztix.applied import Applied
from ztix.drivers.fabric_tokens import ASIDE, TOKEN_FILE, ControllerHome, make_token, read_variable
from ztix.drivers.fabrics import read_secret
from ztix.errors import Partial, Refused, Unavailable, Usage, ZtixError
from ztix.policy import SecretRef
from ztix.rotation import NOBODY, begin_at_home, record, rotate
from ztix.terms import Label

OLD, NEW = SecretStr("old-token-0123456789"), SecretStr("new-token-0123456789")


@dataclass
class Service:
    """A door that opens to some tokens. later: what happens with each second."""

    accepted: set[str]
    later: list[Callable[[], None]] = field(default_factory=list)
    down: bool = False
    other: bool = False
    checked: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    service: str = "the controller"
    passed: float = 0.0

    def opens(self, token: SecretStr) -> bool:
        if self.down:
            raise Unavailable("the controller did not answer", help="run again later")
        self.shown.append(token.get_secret_value())
        return token.get_secret_value() in self.accepted

    def check(self, token: SecretStr) -> None:
        assert token.get_secret_value() in self.accepted, "it tells nobody else who it is"
        self.checked.append(token.get_secret_value())
        if self.other:
            raise Refused("another controller", help="find out who answers there")

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds
        if self.later:
            self.later.pop(0)()

    def take(self, *tokens: SecretStr) -> None:
        self.accepted, self.down = {token.get_secret_value() for token in tokens}, False

    def fall(self) -> None:
        self.down = True


def service(*tokens: SecretStr) -> Service:
    return Service({token.get_secret_value() for token in tokens})


def test_rotate_when_it_is_restarted_ends() -> None:
    """The steps are told once; a service that is down for a while is waited for."""
    told: list[str] = []
    door = service(OLD)
    door.later = [lambda: None, door.fall, lambda: None, lambda: door.take(NEW)]
    rotate(door, OLD, NEW, door, 60, lambda: told.append("steps"))
    assert (told, door.passed) == (["steps"], 4.0)
    assert door.checked == [OLD.get_secret_value(), NEW.get_secret_value()]


def test_rotate_when_another_controller_answers_never_shows_it_the_new_token() -> None:
    """Who took the known controller's place gets no new token, before the steps or after them."""
    door = service(OLD)
    door.other = True
    with pytest.raises(Refused, match="another controller"):
        rotate(door, OLD, NEW, door, 60, lambda: pytest.fail("no steps"))
    assert NEW.get_secret_value() not in door.shown
    door = service(NEW)
    door.other = True
    with pytest.raises(Refused, match="another controller"):
        rotate(door, OLD, NEW, door, 60, lambda: pytest.fail("no steps"))


def test_begin_at_home_when_another_controller_answers_writes_nothing(home: ControllerHome) -> None:
    """The home of a controller that the runs do not know is left as it is."""
    door = service(OLD)
    door.other = True
    with pytest.raises(Refused, match="another controller"):
        begin_at_home(door, home, NEW, given=True)
    assert [path.name for path in home.folder.iterdir()] == [TOKEN_FILE]


def test_rotate_when_it_is_done_already_tells_nothing() -> None:
    """A second run after the restart only checks."""
    door = service(NEW)
    rotate(door, OLD, NEW, door, 0, lambda: pytest.fail("there is nothing to do"))


def test_rotate_when_the_old_one_still_opens_waits_for_its_end() -> None:
    """Where both are accepted, the old one has to go."""
    door = service(OLD, NEW)
    door.later = [lambda: door.take(NEW)]
    rotate(door, OLD, NEW, door, 60, lambda: None)


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (lambda door: None, "it still accepts the old token"),
        (lambda door: door.take(), "it does not accept the new token"),
        (lambda door: door.fall(), "did not answer"),
    ],
)
def test_rotate_when_time_is_over_tells_what_is_missing(later: Callable[[Service], None], words: str) -> None:
    """It ends as partly done, with the reason."""
    door = service(OLD)
    door.later = [lambda: later(door)]
    with pytest.raises(Partial, match=words) as caught:
        rotate(door, OLD, NEW, door, 3, lambda: None)
    assert "run this again" in caught.value.help
    assert door.passed == 3.0


@pytest.mark.parametrize(
    ("door", "new", "kind", "words"),
    [
        (service(), NEW, Refused, "neither the old token nor the new one"),
        (service(NOBODY, OLD, NEW), NEW, Refused, "accepts any token"),
        (service(OLD), OLD, Usage, "the new token is the old one"),
        (service(OLD), SecretStr("short"), Usage, "16 or more"),
        (service(OLD), SecretStr("with a space in it"), Usage, "16 or more"),
        (service(OLD), SecretStr("two-lines-in-one\n-token"), Usage, "16 or more"),
        (service(OLD), SecretStr("nicht-nur-ascii-zeichen-ä"), Usage, "16 or more"),
    ],
)
def test_rotate_when_waiting_is_of_no_use_ends_at_once(
    door: Service, new: SecretStr, kind: type[ZtixError], words: str
) -> None:
    """What no restart mends is told before anybody restarts anything; no token is in the words."""
    with pytest.raises(kind, match=words) as caught:
        rotate(door, OLD, new, door, 60, lambda: pytest.fail("no steps"))
    for token in (OLD, new):
        assert token.get_secret_value() not in caught.value.message + caught.value.help
    assert door.passed == 0


def test_record_when_written_names_no_token() -> None:
    """The audit trail has the fabric and the service; what is applied stays as it was."""
    state = MemoryState(Applied("c0ffee"))
    record(state, Label("lan"), "the controller")
    assert state.applied == Applied("c0ffee")
    (message,) = state.messages
    assert message.startswith("Rotate the token of lan\n\nthe controller accepts")


@pytest.fixture
def home(tmp_path: Path) -> ControllerHome:
    """A controller's home with the old token."""
    path = tmp_path / TOKEN_FILE
    path.touch(mode=0o600)
    path.write_text(OLD.get_secret_value())
    return ControllerHome(tmp_path, lambda file: read_secret(SecretRef(file=str(file)), {}))


def test_begin_at_home_when_file_is_the_controllers_writes_the_new_one(home: ControllerHome) -> None:
    """Both files are their owner's alone, and the old token is kept until the end."""
    assert begin_at_home(service(OLD), home, NEW, given=True) == (OLD, NEW)
    files = {path.name: (path.stat().st_mode & 0o777, path.read_text()) for path in home.folder.iterdir()}
    assert files == {TOKEN_FILE: (0o600, NEW.get_secret_value()), ASIDE: (0o600, OLD.get_secret_value())}
    home.settle()
    assert [path.name for path in home.folder.iterdir()] == [TOKEN_FILE]
    home.settle()


@pytest.mark.parametrize("given", [False, True])
def test_begin_at_home_after_a_death_goes_on_with_the_same_tokens(
    home: ControllerHome, *, given: bool
) -> None:
    """Neither the old token nor the one that was written is lost, whatever is made anew."""
    begin_at_home(service(OLD), home, NEW, given=True)
    again = NEW if given else make_token()
    assert begin_at_home(service(OLD), home, again, given=given) == (OLD, NEW)
    with pytest.raises(Usage, match="has begun here and not ended"):
        begin_at_home(service(OLD), home, make_token(), given=True)


def test_begin_at_home_after_a_death_between_its_two_files_begins_anew(home: ControllerHome) -> None:
    """The old token aside and still in its file is a rotation that has not begun."""
    home.replace(OLD)
    assert begin_at_home(service(OLD), home, NEW, given=False) == (OLD, NEW)
    assert home.held() == NEW


def test_begin_at_home_when_it_is_another_controllers_home_writes_nothing(home: ControllerHome) -> None:
    """A token that the answering controller does not accept is not replaced."""
    with pytest.raises(Refused, match="in its own home"):
        begin_at_home(service(NEW), home, make_token(), given=False)
    assert [path.name for path in home.folder.iterdir()] == [TOKEN_FILE]
    assert home.held() == OLD


def test_home_when_it_cannot_be_written_says_so(home: ControllerHome, tmp_path: Path) -> None:
    """A home that is gone, or a folder in the place of a file, is a usage error."""
    gone = ControllerHome(tmp_path / "gone", lambda _: OLD)
    with pytest.raises(Usage, match="cannot be written: No such file"):
        gone.replace(NEW)
    (home.folder / ASIDE).mkdir()
    with pytest.raises(Usage, match="cannot be written: Is a directory"):
        home.replace(NEW)
    with pytest.raises(Usage, match="cannot be written"):
        home.settle()
    assert home.held() == OLD
    assert sorted(path.name for path in home.folder.iterdir()) == [TOKEN_FILE, ASIDE]


def test_make_token_when_called_twice_differs() -> None:
    """Each is of ZeroTier's own form."""
    first, second = make_token().get_secret_value(), make_token().get_secret_value()
    assert first != second
    assert len(first) == 24
    assert first.isalnum()


def test_read_variable_when_empty_says_so() -> None:
    """An empty variable is no token."""
    assert read_variable("NEW", {"NEW": " token \n"}).get_secret_value() == "token"
    for environment in ({}, {"NEW": " "}):
        with pytest.raises(Usage, match="`NEW` is not set or empty"):
            read_variable("NEW", environment)
