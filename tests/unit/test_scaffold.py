"""What `ztix init` writes: a repository whose findings are the list of what its operator fills in."""

import subprocess
from pathlib import Path

import pytest

from ztix.canonical import canonical
from ztix.diagnostics import Report, Severity
from ztix.document import read_document
from ztix.drivers.scaffold_files import load_scaffold_files
from ztix.errors import Usage
from ztix.exchange import Exchange, read_exchange
from ztix.policy import POLICY_FILES
from ztix.rules import check
from ztix.scaffold import CHANGED, SHARED, scaffold
from ztix.schema import SCHEMAS, schema_files, schema_line, schema_name
from ztix.terms import Asn, Label
from ztix.tree import Entry, Kind, Tree

ROOT = Path(__file__).resolve().parents[2]
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFbbII4StcherZVLfo42zAwQ0zXVjtJqMtaqnwveeXRR"
FILLED = {
    'network: "TODO"': 'network: "a1b2c3"',
    'node: "TODO"': 'node: "e4b1c0a7d2"',
    'host: "TODO: a name or an address"': "host: rs1.example.net",
    "router_id: TODO": "router_id: 192.0.2.1",
    "    addresses:\n      - TODO": "    addresses:\n      - 192.0.2.1",
    "    prefixes:\n      - TODO": "    prefixes:\n      - 192.0.2.0/24",
    "        - TODO": f"        - {HOST_KEY}",
}


def new_exchange(name: str = "test-ix", title: str = "Test Exchange", asn: int = 64510) -> dict[str, str]:
    return scaffold(Label(name), title, Asn(asn), "1.2.3", load_scaffold_files())


def read(files: dict[str, str]) -> tuple[Exchange | None, Report]:
    folders = ("members/", "policy/", "templates/")
    entries = {
        path: Entry(path, Kind.FILE, len(text), text.encode())
        for path, text in files.items()
        if path.startswith(folders)
    }
    return read_exchange(Tree("work tree", entries))


def test_scaffold_when_new_has_a_finding_for_each_todo_and_no_other() -> None:
    """The first `ztix check` lists what to fill in, and nothing that is no TODO."""
    files = new_exchange()
    exchange, report = read(files)
    assert exchange is None
    assert all("TODO" in finding.span.text for finding in report)
    todo = [
        (path, number)
        for path, text in files.items()
        if path.startswith("policy/") and path.endswith(".yaml")
        for number, line in enumerate(text.splitlines(), start=1)
        if "TODO" in line and not line.strip().startswith("#")
    ]
    assert [(finding.span.path, finding.span.line) for finding in report] == todo
    assert len(todo) == len(FILLED)


def test_scaffold_when_filled_in_is_an_exchange_without_findings() -> None:
    """With each TODO replaced there is no error and no warning left, by form or by rule."""
    files = new_exchange(asn=64510)
    for old, new in FILLED.items():
        assert sum(text.count(old) for text in files.values()) == 1, old
        files = {path: text.replace(old, new) for path, text in files.items()}
    exchange, report = read(files)
    assert exchange is not None
    assert not list(report)
    weighty = [f for f in check(exchange, None) if f.severity is not Severity.NOTE]
    assert not weighty
    assert (exchange.policy.exchange.name, exchange.policy.exchange.title) == ("test-ix", "Test Exchange")
    assert exchange.policy.exchange.asn == 64510


@pytest.mark.parametrize("name", POLICY_FILES)
def test_scaffold_policy_files_are_canonical_and_name_their_schema(name: str) -> None:
    """Filled in, `ztix fmt` changes no byte of a new exchange; editors find the schema."""
    path = f"policy/{name}.yaml"
    text = new_exchange()[path]
    for old, new in FILLED.items():
        text = text.replace(old, new)
    assert schema_name(path) == name
    assert text.splitlines()[0] == schema_line(name)
    document, findings = read_document(Entry(path, Kind.FILE, len(text), text.encode()))
    assert document is not None, findings
    assert canonical(document, SCHEMAS[name]) == text


def test_scaffold_when_a_default_is_written_out_it_is_the_default() -> None:
    """The values that a new exchange's policy writes out are the defaults of the models."""
    files = new_exchange()
    for name in ("routing", "admission", "gates", "infrastructure"):
        text = files[f"policy/{name}.yaml"]
        document, _ = read_document(Entry(f"policy/{name}.yaml", Kind.FILE, len(text), text.encode()))
        assert document is not None
        assert POLICY_FILES[name].model_validate(document.value) == POLICY_FILES[name]()


@pytest.mark.parametrize(
    ("name", "title"), [("on", "Yes: {asn} #1"), ("1e3", "1.5"), ("no", 'A "quoted" {title} \\')]
)
def test_scaffold_when_words_are_awkward_keeps_them_as_given(name: str, title: str) -> None:
    """Name and title arrive in the policy as they were given, whatever YAML could read in them."""
    text = new_exchange(name, title)["policy/exchange.yaml"]
    document, findings = read_document(Entry("policy/exchange.yaml", Kind.FILE, len(text), text.encode()))
    assert document is not None, findings
    assert document.value == {"name": name, "title": title, "asn": "64510"}
    assert canonical(document, POLICY_FILES["exchange"]) == text


@pytest.mark.parametrize("title", ["", " x", "a\nb", "x" * 121])
def test_scaffold_when_the_title_cannot_be_one_refuses_it(title: str) -> None:
    """A title of several lines, or of none, is refused with a sentence."""
    with pytest.raises(Usage, match=r"^the title "):
        new_exchange(title=title)


def test_scaffold_has_all_that_an_exchange_needs_and_no_slot_left() -> None:
    """Schemas, lanes, templates' note and the tool's version are there, and nothing is left to replace."""
    files = new_exchange()
    assert schema_files().items() <= files.items()
    assert {*SHARED, ".gitignore", "README.md", "members/README.md", "templates/README.md"} <= set(files)
    assert 'dependencies = ["ztix==1.2.3"]' in files["pyproject.toml"]
    for text in files.values():
        assert not [slot for slot in ("{name}", "{title}", "{asn}", "{version}") if slot in text]
        assert text.endswith("\n")


@pytest.mark.parametrize("path", SHARED)
def test_scaffold_shared_files_are_the_repository_s_but_for_the_lines_that_say_so(path: str) -> None:
    """Each line to change stands once in the repository's file, and nothing else differs."""
    original = (ROOT / path).read_text()
    written = new_exchange()[path]
    for old, new in CHANGED.get(path, ()):
        assert original.count(old) == 1, (
            f"mend CHANGED in ztix/scaffold: `{path}` has no such line now: {old}"
        )
        original = original.replace(old, new.replace("{name}", "test-ix"))
    assert written == original


def test_scaffold_workflows_need_nothing_that_only_ztix_s_repository_has() -> None:
    """No line of a workflow names a script, make or a folder that a new exchange lacks."""
    files = new_exchange()
    for path in (path for path in files if path.startswith(".github/")):
        for word in files[path].replace('"', " ").replace(":", " ").split():
            if word.startswith("scripts/"):
                assert word in files, f"{path} needs {word}"
        assert "make test" not in files[path]
        assert "src/" not in files[path]


def test_scaffold_workflows_pass_the_audit(tmp_path: Path) -> None:
    """What ztix's own workflows are held to, those of a new exchange are too."""
    for path, text in new_exchange().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    zizmor = ROOT / ".venv" / "bin" / "zizmor"
    options = ["--quiet", "--no-progress", "--persona", "auditor", "--offline"]
    done = subprocess.run(
        [zizmor, *options, tmp_path / ".github"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_scaffold_tells_newcomers_what_belongs_beside_their_file() -> None:
    """Proof, invitation, signature and verdict stand in the page; the template lets enclosures come."""
    files = new_exchange()
    page, template = files["members/README.md"], files[".github/PULL_REQUEST_TEMPLATE.md"]
    for name in (".invite", ".node-<id>.sig", ".yaml.sig"):
        assert f"`AS<number>{name}`" in page
        assert f"`AS<my number>{name}`" in template
    for command in ("ztix prove", "ztix review", "docs/join.md"):
        assert command in page
    assert {"*.secret", "/invitation"} <= set(files[".gitignore"].splitlines())
