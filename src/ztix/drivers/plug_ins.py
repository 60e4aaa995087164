"""Drivers of fabrics that other packages bring: found by the name in policy among what is installed.

Law: a name in git chooses among installed packages and can bring in no code itself; what lies in the current
folder is not installed. A plug-in has ztix's rights, but not its manners: whatever it raises or returns, the
run sees a Fabric that raises `Unavailable` and `Refused` and nothing else. No text of a foreign exception is
told, because it may quote the token; its kind is. docs/plug-ins.md is for who writes one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pydantic import SecretStr

from ztix.errors import Refused, Unavailable, Usage
from ztix.fabric import Attachment, Fabric, NetworkSettings, Observed, Sighting, Witness
from ztix.policy import FabricPolicy
from ztix.terms import NodeId

if TYPE_CHECKING:
    from ztix.drivers.http import RetryBudget

GROUP = "ztix.fabrics"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opening:
    """What a driver is opened with.

    policy: the fabric as policy/fabrics.yaml has it.  token: its secret.  token_from: where that was found,
    in words for messages.  budget: the run's patience, for `ztix.drivers.http`.  timeout_s: for a connection,
    and for each pause in an answer.
    """

    policy: FabricPolicy
    token: SecretStr
    token_from: str
    budget: RetryBudget
    timeout_s: float = 15.0


FabricDriver: TypeAlias = Callable[[Opening], Fabric]
"""What an entry point names: makes a fabric, and asks nothing of it yet."""


def installed() -> dict[str, list[EntryPoint]]:
    """The installed plug-ins, by the name that policy calls them."""
    found: dict[str, list[EntryPoint]] = {}
    for point in sorted(entry_points(group=GROUP)):
        if not _is_in_current_folder(point):
            found.setdefault(point.name, []).append(point)
    return found


def load(policy: FabricPolicy, own: tuple[str, ...]) -> FabricDriver:
    """The driver that policy names, from its package. own: names of ztix's own drivers. Raises Usage."""
    plug_ins = installed()
    points = plug_ins.get(policy.driver, [])
    if not points:
        names = ", ".join(f"`{name}`" for name in dict.fromkeys((*own, *plug_ins)))
        raise Usage(
            f"fabric `{policy.name}` names the driver `{policy.driver}`, which is not installed",
            help=f"write one of {names} as `driver` in policy/fabrics.yaml, or install its package where"
            " ztix runs",
        )
    if len(points) > 1:
        raise Usage(
            f"the driver `{policy.driver}` comes from {len(points)} packages: "
            + ", ".join(_package(point) for point in points),
            help="uninstall all of them but one",
        )
    return _tamed(points[0])


def _tamed(point: EntryPoint) -> FabricDriver:
    name = f"the driver `{point.name}` of {_package(point)}"
    try:
        driver = point.load()
    except (Exception, SystemExit) as error:
        raise Usage(
            f"{name} cannot be loaded: {type(error).__name__}",
            help=f"`python -c 'import {point.module}'` where ztix runs shows why; update or uninstall it",
        ) from None
    if not callable(driver):
        raise Usage(
            f"{name} is no driver: `{point.value}` cannot be called", help="update or uninstall its package"
        )

    def opened(opening: Opening) -> Fabric:
        fabric = _call(name, lambda: driver(opening), object)
        if not isinstance(fabric, Fabric):
            raise _broken(name, f"made a `{type(fabric).__name__}`, which is no fabric")
        return Tame(name, fabric)

    return opened


@dataclass(frozen=True, slots=True)
class Tame:
    """A Fabric in front of one that somebody else wrote. name: of its driver, in words for messages."""

    name: str
    fabric: Fabric

    def observe(self) -> Observed:
        """What it observes, if it is that."""
        seen = _call(self.name, self.fabric.observe, Observed)
        if not all(isinstance(one, Attachment) for one in seen.attachments.values()):
            raise _broken(self.name, "observed something else than attachments")
        if not all(isinstance(key, str) for key in seen.keys.values()):
            raise _broken(self.name, "told of a node's identity something else than text")
        return seen

    def configure(self, settings: NetworkSettings) -> NetworkSettings:
        """What it holds afterwards, if it is that."""
        return _call(self.name, lambda: self.fabric.configure(settings), NetworkSettings)

    def write(self, attachment: Attachment) -> Attachment:
        """What it holds afterwards, if it is that."""
        return _call(self.name, lambda: self.fabric.write(attachment), Attachment)

    def sightings(self, nodes: Collection[NodeId]) -> dict[NodeId, Sighting]:
        """What it tells of when nodes were there, if it is such a one and tells that."""
        fabric = self.fabric
        if not isinstance(fabric, Witness):
            return {}
        told = _call(self.name, lambda: dict(fabric.sightings(nodes)), dict)
        if not all(isinstance(one, Sighting) for one in told.values()):
            raise _broken(self.name, "told of something else than sightings")
        return told


def _call(name: str, verb: Callable[[], object], kind: type[T]) -> T:
    """The verb's value. Raises Unavailable, Refused. A stop by hand comes through."""
    try:
        value = verb()
    except (Unavailable, Refused):
        raise
    except (Exception, SystemExit) as error:
        raise _broken(name, f"failed with `{type(error).__name__}`") from None
    if not isinstance(value, kind):
        raise _broken(name, f"returned a `{type(value).__name__}`, not a `{kind.__name__}`")
    return value


def _broken(name: str, what: str) -> Unavailable:
    return Unavailable(f"{name} {what}", help="nothing is known from it; tell its authors, or update it")


def _package(point: EntryPoint) -> str:
    return f"package `{point.dist.name} {point.dist.version}`" if point.dist else "an unknown package"


def _is_in_current_folder(point: EntryPoint) -> bool:
    """Whether it was found only because the program was started where it lies, such as in a pull request."""
    return point.dist is None or Path(str(point.dist.locate_file(""))).resolve() == Path.cwd()
