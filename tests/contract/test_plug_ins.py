"""Drivers that other packages bring: the example plays the fabric's story, and broken ones are tamed."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.fabric_drivers import impatient
from tests.contract.fabric_story import N1, SETTINGS, SUFFIX, Scene, tell
from tests.plug_in.shelf import SHELVES, TOKEN
from ztix.drivers.fabrics import open_fabric
from ztix.drivers.plug_ins import Tame
from ztix.errors import Refused, Unavailable, Usage, ZtixError
from ztix.fabric import Attachment, Fabric, sightings
from ztix.policy import FabricPolicy
from ztix.terms import NodeId

SHELF = "tests.plug_in.shelf:open_shelf"
Install = Callable[..., None]

BROKEN = """
import sys
from ztix.errors import Stale
from ztix.fabric import Observed

class Bad:
    def __init__(self, opening):
        self.token = opening.token.get_secret_value()
    def observe(self):
        raise RuntimeError(f"no way in with {self.token}")
    def configure(self, settings):
        sys.exit(self.token)
    def write(self, attachment):
        raise Stale(self.token)
    def sightings(self, nodes):
        raise RuntimeError(self.token)

class Odd(Bad):
    def observe(self):
        return {"settings": None}
    def configure(self, settings):
        return None
    def write(self, attachment):
        return "done"
    def sightings(self, nodes):
        return {node: "today" for node in nodes}

class Mixed(Odd):
    def observe(self):
        return Observed(None, None, {"1122334455": "authorised"})

class Keyed(Odd):
    def observe(self):
        return Observed(None, None, keys={"1122334455": b"a key"})

class Unopened:
    def __init__(self, opening):
        raise KeyError(opening.token.get_secret_value())

class Stopped(Bad):
    def observe(self):
        raise KeyboardInterrupt

def no_fabric(opening):
    return opening

text = "no driver"
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package for this test: name and version, and what each driver's name stands for."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "broken_fabrics.py").write_text(BROKEN)
    (site / "unloadable_fabric.py").write_text("raise SystemExit('as it is imported')\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "broken_fabrics", raising=False)

    def installed(package: str, version: str = "1.0", **drivers: str) -> None:
        folder = site / f"{package}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        lines = [f"{name.replace('_', '-')} = {value}" for name, value in drivers.items()]
        (folder / "entry_points.txt").write_text("\n".join(["[ztix.fabrics]", *lines, ""]))

    return installed


def named(driver: str) -> FabricPolicy:
    return FabricPolicy.model_validate(
        {
            "name": "lan",
            "driver": driver,
            "network": SUFFIX,
            "token": {"env": "SHELF_TOKEN"},
            "prefixes": ["203.0.113.0/24"],
        }
    )


def opened(driver: str, token: str = TOKEN) -> Fabric:
    return open_fabric(named(driver), budget=impatient(), environment={"SHELF_TOKEN": token})


def test_story_on_a_plug_in_is_told_to_its_end(install: Install) -> None:
    """The example of docs/plug-ins.md, found by its name, does what every fabric must."""
    install("ztix_shelf", shelf=SHELF)
    SHELVES.clear()
    fabric = opened("shelf")
    assert isinstance(fabric, Tame)
    shelf = SHELVES[named("shelf").network]

    def knock(node: NodeId) -> None:
        shelf.attachments.setdefault(node, Attachment(node, "", (), authorised=False))

    def open_up() -> None:
        assert shelf.settings is not None
        shelf.settings = replace(shelf.settings, closed=False)

    tell(Scene(fabric, knock, open_up))


def test_plug_in_when_it_refuses_is_heard(install: Install) -> None:
    """Its own refusal, with its own remedy, comes through; it knows where the token is, in words."""
    install("ztix_shelf", shelf=SHELF)
    with pytest.raises(Refused, match="does not open with this token") as caught:
        opened("shelf", "wrong")
    assert caught.value.help == "correct the variable `SHELF_TOKEN`"


def test_driver_when_not_installed_names_what_is(install: Install) -> None:
    """A name that nobody installed is told before the secret is read, with all names that there are."""
    install("ztix_shelf", shelf=SHELF)
    with pytest.raises(Usage, match="driver `shelve`, which is not installed") as caught:
        open_fabric(named("shelve"), budget=impatient(), environment={})
    assert "`zerotier-controller`, `zerotier-central`, `shelf`" in caught.value.help


def test_driver_when_two_packages_bring_it_names_both(install: Install) -> None:
    """Which of them would run is nobody's choice, so none does."""
    install("ztix_shelf", shelf=SHELF)
    install("other_shelf", "2.1", shelf=SHELF)
    with pytest.raises(Usage, match=r"2 packages: package `other_shelf 2.1`, package `ztix_shelf 1.0`"):
        opened("shelf")


def test_driver_when_a_package_takes_an_own_name_stays_ztix_s(install: Install) -> None:
    """No package can put itself in the place of ztix's own driver."""
    install("ztix_shelf", zerotier_controller=SHELF, zerotier_central=SHELF)
    for name in ("zerotier-controller", "zerotier-central"):
        assert type(opened(name)).__module__.startswith("ztix.drivers.zerotier_")


def test_driver_when_it_lies_in_the_current_folder_is_not_installed(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pull request may bring a folder that looks installed where ztix is started; it is not."""
    install("ztix_shelf", shelf=SHELF)
    monkeypatch.chdir(tmp_path / "site")
    with pytest.raises(Usage, match="is not installed"):
        opened("shelf")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("unloadable_fabric:open", "cannot be loaded: SystemExit"),
        ("there_is_no_such_module:open", "cannot be loaded: ModuleNotFoundError"),
        ("broken_fabrics:absent", "cannot be loaded: AttributeError"),
        ("broken_fabrics:text", "`broken_fabrics:text` cannot be called"),
    ],
)
def test_plug_in_when_it_cannot_be_loaded_is_a_usage_error(install: Install, value: str, words: str) -> None:
    """A package that is broken before it does anything is told with its name and version."""
    install("ztix_broken", broken=value)
    with pytest.raises(Usage, match=words) as caught:
        opened("broken")
    assert "the driver `broken` of package `ztix_broken 1.0`" in caught.value.message
    assert caught.value.help


@pytest.mark.parametrize(
    ("value", "verb", "words"),
    [
        ("Unopened", "open", "failed with `KeyError`"),
        ("no_fabric", "open", "made a `Opening`, which is no fabric"),
        ("Bad", "observe", "failed with `RuntimeError`"),
        ("Bad", "configure", "failed with `SystemExit`"),
        ("Bad", "write", "failed with `Stale`"),
        ("Odd", "observe", "returned a `dict`, not a `Observed`"),
        ("Odd", "configure", "returned a `NoneType`, not a `NetworkSettings`"),
        ("Odd", "write", "returned a `str`, not a `Attachment`"),
        ("Mixed", "observe", "observed something else than attachments"),
        ("Keyed", "observe", "told of a node's identity something else than text"),
    ],
)
def test_plug_in_when_it_breaks_the_rules_is_unavailable(
    install: Install, value: str, verb: str, words: str
) -> None:
    """Whatever it raises or returns, the run sees one of a fabric's two errors, without its text."""
    install("ztix_broken", broken=f"broken_fabrics:{value}")
    calls: dict[str, Callable[[], object]] = {
        "open": lambda: opened("broken"),
        "observe": lambda: opened("broken").observe(),
        "configure": lambda: opened("broken").configure(SETTINGS),
        "write": lambda: opened("broken").write(N1),
    }
    with pytest.raises(ZtixError, match=words) as caught:
        calls[verb]()
    assert type(caught.value) is Unavailable
    assert TOKEN not in "".join(traceback.format_exception(caught.value)) + caught.value.help


@pytest.mark.parametrize("made", ["Bad", "Odd"])
def test_plug_in_when_its_sightings_are_none_leaves_them_unknown(install: Install, made: str) -> None:
    """What it may tell besides is tamed too, and an error there leaves the run as it is."""
    install("broken_fabrics", broken=f"broken_fabrics:{made}")
    fabric = opened("broken")
    assert isinstance(fabric, Tame)
    with pytest.raises(Unavailable) as caught:
        fabric.sightings([N1.node])
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert sightings(fabric, [N1.node]) == {}


def test_plug_in_when_it_tells_of_no_sightings_knows_none(install: Install) -> None:
    """To tell when nodes were there is for who can."""
    install("ztix_shelf", shelf=SHELF)
    assert sightings(opened("shelf"), [N1.node]) == {}


def test_plug_in_when_stopped_by_hand_stops(install: Install) -> None:
    """A stop by hand is the person's and not the driver's."""
    install("ztix_broken", broken="broken_fabrics:Stopped")
    with pytest.raises(KeyboardInterrupt):
        opened("broken").observe()


def test_plug_in_when_policy_does_not_name_it_is_not_loaded(install: Install) -> None:
    """An installed package whose driver nobody chose does not run: this one could not be loaded."""
    install("ztix_shelf", shelf=SHELF)
    install("ztix_broken", broken="unloadable_fabric:open")
    for name in ("zerotier-controller", "shelf"):
        opened(name)
    with pytest.raises(Usage, match="not installed") as caught:
        opened("another")
    assert "`broken`, `shelf`" in caught.value.help
