"""Policy files: what their own form cannot say, and the questions that others ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import get_args

import pytest
from pydantic import ValidationError

from tests.unit.exchange_fixture import good_exchange
from ztix.member import Member
from ztix.policy import (
    POLICY_FILES,
    REQUIRED_POLICY,
    InfrastructurePolicy,
    Policy,
    SecretRef,
    SshPolicy,
    holds,
    policy_path,
)
from ztix.shape import Model


@pytest.mark.parametrize("value", [{}, {"env": "A", "file": "/a"}])
def test_secret_when_not_exactly_one_place_is_named_is_refused(value: dict[str, str]) -> None:
    """A secret is in the environment or in a file."""
    with pytest.raises(ValidationError, match="must name either `env` or `file`"):
        SecretRef.model_validate(value)


def test_secret_when_one_place_is_named_is_that() -> None:
    """Either of the two is enough."""
    assert SecretRef.model_validate({"env": "TOKEN"}).env == "TOKEN"
    assert SecretRef.model_validate({"file": "/" + "a" * 200}).file is not None


def test_bounds_when_they_run_backwards_are_refused() -> None:
    """The shortest length is not above the longest."""
    with pytest.raises(ValidationError, match="must have `min` not above `max`"):
        POLICY_FILES["routing"].model_validate({"prefix_length": {"ipv4": {"min": "25", "max": "24"}}})
    bounds = {"min": "24", "max": "24"}
    routing = POLICY_FILES["routing"].model_validate({"prefix_length": {"ipv6": bounds}})
    assert routing.model_dump()["prefix_length"]["ipv6"] == {"min": 24, "max": 24}


def test_infrastructure_when_two_nodes_share_a_name_is_refused() -> None:
    """The name is who holds the node."""
    node = {"id": "1a2b3c4d5e", "name": "lg"}
    with pytest.raises(ValidationError, match="must have distinct names"):
        InfrastructurePolicy.model_validate({"nodes": [node, node]})
    assert len(InfrastructurePolicy.model_validate({"nodes": [node]}).nodes) == 1


def test_host_keys_may_be_as_long_as_rsa_makes_them() -> None:
    """A key of 4096 bits is more than 700 characters in its public form."""
    policy = SshPolicy.model_validate({"host": "rs1", "host_keys": ["ssh-rsa " + "A" * 720]})
    assert len(policy.host_keys[0]) == 728
    with pytest.raises(ValidationError):
        SshPolicy.model_validate({"host": "rs1", "host_keys": ["ssh-rsa " + "A" * 2000]})
    with pytest.raises(ValidationError):
        SshPolicy.model_validate({"host": "-oProxyCommand=x", "host_keys": ["ssh-rsa AAAA"]})


def test_policy_fabric_finds_by_name() -> None:
    """A fabric is known by its name."""
    policy = good_exchange().policy
    fabric = policy.fabric("lan")
    assert fabric is not None
    assert fabric.name == "lan"
    assert policy.fabric("lab") is None


def test_holds_asks_prefixes_of_the_address_family_only() -> None:
    """An address lies in a prefix of its own family."""
    prefixes = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    assert holds(prefixes, ip_address("192.0.2.1"))
    assert holds(prefixes, ip_address("2001:db8::1"))
    assert not holds(prefixes, ip_address("198.51.100.1"))
    assert not holds((), ip_address("192.0.2.1"))


def test_policy_files_are_the_fields_of_policy() -> None:
    """One file for each part, and the required ones are those without a default."""
    assert {name.replace("-", "_") for name in POLICY_FILES} == set(Policy.model_fields)
    required = {name.replace("_", "-") for name, part in Policy.model_fields.items() if part.is_required()}
    assert set(REQUIRED_POLICY) == required
    assert policy_path("route-servers") == "policy/route-servers.yaml"


def _defaults(model: type[Model]) -> Iterator[Model]:
    """The models that stand where a file says nothing, and those in them."""
    for field in model.model_fields.values():
        if isinstance(field.default, Model):
            yield field.default
            yield from _defaults(type(field.default))
        for inner in (kind for kind in _kinds(field.annotation) if kind is not model):
            yield from _defaults(inner)


def _kinds(annotation: object) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for inner in get_args(annotation):
        yield from _kinds(inner)


@pytest.mark.parametrize("model", [Member, *POLICY_FILES.values()])
def test_default_that_is_a_model_is_one_that_a_file_could_have(model: type[Model]) -> None:
    """No validator saw it when it was made, so it is shown to one here."""
    for default in _defaults(model):
        assert type(default).model_validate(dict(default)) == default


def test_policy_of_an_exchange_is_what_validation_makes_of_it() -> None:
    """Its parts were validated one by one, each by the model of its file."""
    policy = good_exchange().policy
    assert Policy.model_validate(dict(policy)) == policy
    assert {type(part) for part in dict(policy).values()} == set(POLICY_FILES.values())
