"""The Exchange: members and policy made whole, and every fact that needs more than one file.

Law: pure; a Tree comes in as a value. A member file with errors is left out and reported, a broken policy
file means that there is no exchange at all. What nodes may be on a fabric is asked here (`claims`), once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ztix.diagnostics import Diagnostic, Report, Severity, Span
from ztix.document import Document, Path, read_document, refused_entry
from ztix.enclosure import Enclosure, meant
from ztix.fabric import Attachment, Dns, NetworkSettings, ordered
from ztix.lan.policy import NO_GRANTS, Grants
from ztix.member import MEMBER_PATH, Member, Node, member_path
from ztix.policy import (
    POLICY_FILES,
    REQUIRED_POLICY,
    FabricPolicy,
    InfrastructureNode,
    Policy,
    RouteServerPolicy,
    policy_path,
)
from ztix.shape import Model, read_model
from ztix.terms import Address, Asn, Label, NodeId
from ztix.tree import Entry, Tree


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member and the file it was read from."""

    member: Member
    document: Document

    @property
    def path(self) -> str:
        return self.document.path


@dataclass(frozen=True, slots=True)
class Claim:
    """What git says of one node on one fabric, and where it says so.

    owner: `AS64500`, or the name of the route server or infrastructure node.  at: the node's place in
    its file.  key: what names the node there, such as `id`.  grants: what the LAN's rules give to the owner.
    """

    owner: str
    fabric: Label
    node: NodeId
    name: str
    addresses: tuple[Address, ...]
    active: bool
    document: Document
    at: Path
    key: str
    grants: Grants = NO_GRANTS

    @property
    def because(self) -> Span:
        """The place in git that makes the claim."""
        return self.document.span((*self.at, self.key))

    @property
    def attachment(self) -> Attachment:
        """The presence on the fabric that the claim asks for."""
        if not self.active:
            return Attachment(self.node, self.name, (), authorised=False)
        tags, capabilities = self.grants.tags, self.grants.capabilities
        return Attachment(self.node, self.name, self.addresses, tags=tags, capabilities=capabilities)


@dataclass(frozen=True, slots=True)
class Exchange:
    """All of git's side. members: ascending by ASN.  documents: the policy files by name."""

    revision: str
    policy: Policy
    members: tuple[MemberFile, ...]
    documents: Mapping[str, Document]

    def member(self, asn: Asn) -> MemberFile | None:
        """The member with that ASN."""
        return next((file for file in self.members if file.member.asn == asn), None)

    def claims(self) -> Iterator[Claim]:
        """Every node that git puts on a fabric: members' by ASN, route servers', infrastructure's."""
        granted = {lan.fabric: lan.granted() for lan in self.policy.lan_rules.lans if lan.grants_anything}
        for claim in self._claims():
            lan = granted.get(claim.fabric)
            yield replace(claim, grants=lan.to(claim.owner)) if lan else claim

    def _claims(self) -> Iterator[Claim]:
        for file in self.members:
            owner, active = str(file.member.asn), file.member.status == "active"
            for index, node in enumerate(file.member.nodes):
                yield _claim(file.document, "nodes", index, owner, node, f"{owner} {node.name}", active)
        servers = self.documents["route-servers"]
        for index, server in enumerate(self.policy.route_servers.route_servers):
            yield _claim(servers, "route_servers", index, server.name, server, server.name)
        for index, extra in enumerate(self.policy.infrastructure.nodes):
            document = self.documents["infrastructure"]
            yield _claim(document, "nodes", index, extra.name, extra, extra.name)

    def settings(self, fabric: FabricPolicy) -> NetworkSettings:
        """What the fabric's network is to be set to."""
        name = f"{self.policy.exchange.name} {fabric.name}"
        prefixes = tuple(sorted(fabric.prefixes, key=lambda prefix: (prefix.version, prefix)))
        rules = self.policy.lan_rules.on(fabric.name).rules()
        dns = Dns(fabric.dns.domain, fabric.dns.servers) if fabric.dns else None
        return NetworkSettings(name, prefixes, fabric.mtu, fabric.multicast_limit, rules=rules, dns=dns)


def _claim(
    document: Document,
    place: str,
    index: int,
    owner: str,
    node: Node | RouteServerPolicy | InfrastructureNode,
    name: str,
    active: bool = True,
) -> Claim:
    addresses, at = ordered(node.addresses), (place, index)
    return Claim(owner, node.fabric, node.node_id, name, addresses, active, document, at, node.node_key)


def read_exchange(tree: Tree) -> tuple[Exchange | None, Report]:
    """The exchange that a tree holds, and every finding about the form of its files.

    None where a policy file is missing or has errors. Raises nothing.
    """
    findings: list[Diagnostic] = []
    policy, documents = _read_policy(tree, findings)
    members = tuple(_read_members(tree, findings))
    report = Report.of(findings)
    if policy is None:
        return None, report
    return Exchange(tree.revision, policy, members, documents), report


def _read_policy(tree: Tree, findings: list[Diagnostic]) -> tuple[Policy | None, dict[str, Document]]:
    documents: dict[str, Document] = {}
    parts: dict[str, Model] = {}
    whole = True
    for name, model in POLICY_FILES.items():
        entry = tree.get(policy_path(name))
        if entry is None:
            if name in REQUIRED_POLICY:
                whole = False
                message, advice = f"the file `{policy_path(name)}` is missing", "`ztix init` writes one"
                findings.append(Diagnostic("ZT014", Severity.ERROR, message, Span(policy_path(name)), advice))
            continue
        document, part = _read(entry, model, findings)
        if document is None or part is None:
            whole = False
            continue
        documents[name] = document
        parts[name.replace("-", "_")] = part
    if not whole:
        return None, documents
    # Not validated again: the schema of all files together takes longer to build than the files to be read.
    policy = Policy.model_construct(**parts)  # type: ignore[arg-type]  # each is of the model of its file
    return policy, documents


def _read_members(tree: Tree, findings: list[Diagnostic]) -> list[MemberFile]:
    members: list[MemberFile] = []
    enclosures: list[Enclosure] = []
    for entry in tree.below("members"):
        if not MEMBER_PATH.fullmatch(entry.path):
            if enclosure := Enclosure.parse(entry.path):
                enclosures.append(enclosure)
                findings.extend(refused_entry(entry))
            elif entry.path not in ("members/README.md", "members/.gitkeep"):
                findings.append(_misnamed(entry.path))
            continue
        document, member = _read(entry, Member, findings)
        if document is not None and isinstance(member, Member):
            members.append(MemberFile(member, document))
    findings.extend(_left_over(tree, enclosures))
    return sorted(members, key=lambda file: (file.member.asn, file.path))


def _left_over(tree: Tree, enclosures: Iterable[Enclosure]) -> Iterator[Diagnostic]:
    """What is enclosed with a file that is not there: one finding for each member."""
    left: dict[Asn, list[str]] = {}
    for each in enclosures:
        if tree.get(member_path(each.asn)) is None:
            left.setdefault(each.asn, []).append(each.path)
    for asn, paths in left.items():
        first, *others = map(Span, paths)
        message = f"`{asn}` has no file here, and this is enclosed with it"
        advice = f"delete what is left: `git rm {' '.join(paths)}`; or bring `{member_path(asn)}` with it"
        yield Diagnostic("ZT015", Severity.WARNING, message, first, advice, tuple(others))


def _misnamed(path: str) -> Diagnostic:
    right = meant(path)
    name = f"`{right}`" if right else "`members/AS<number>.yaml`, without leading zeros"
    advice = f"name it {name}, or delete it"
    return Diagnostic("ZT013", Severity.ERROR, "this is no member file's name", Span(path), advice)


def _read(
    entry: Entry, model: type[Model], findings: list[Diagnostic]
) -> tuple[Document | None, Model | None]:
    document, problems = read_document(entry)
    findings.extend(problems)
    if document is None:
        return None, None
    value, problems = read_model(document, model)
    findings.extend(problems)
    return document, value
