"""The command line: its help, its exit codes, and what goes to which stream. Through the real `main`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ztix.cli import COMMANDS, cli
from ztix.errors import EXIT_MEANINGS, Exit, ZtixError

GOLDEN = Path(__file__).parents[1] / "golden" / "help"
HEAVY = {"httpx", "git", "jinja2", "pydantic", "rich", "yaml", "tenacity"}

BOOM = """\
import os, sys, time
import click
from ztix import errors
from ztix.cli.options import colour

@click.command()
@click.argument("what")
def boom(what):
    if what == "wait":
        click.echo("ready")
        time.sleep(30)
    if what == "much":
        for _ in range(20_000):
            click.echo("a line of data")
        click.echo("went on to the end", err=True)
        return 2
    if what == "stuck":
        click.echo("a line of data")
        return 9
    if what == "colour":
        click.echo(colour())
        return 0
    if what == "bug":
        raise KeyError("a member's secret \\x1b[31m")
    if what == "exit":
        raise errors.Locked("two\\nlines \\x1b[31m", help="what to do")
    raise getattr(errors, what)("what went wrong", help="what to do")
"""
MAIN = "import ztix.cli as c; c.COMMANDS['boom'] = ('boom', 'For this test.'); c.main()"


def commands(group: click.Group, *above: str) -> dict[tuple[str, ...], click.Command]:
    """Every command by its words; groups and the program itself among them."""
    found: dict[tuple[str, ...], click.Command] = {above: group}
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        found |= (
            commands(command, *above, name) if isinstance(command, click.Group) else {(*above, name): command}
        )
    return found


COMMAND = commands(cli)
del COMMAND["lab", "controller"]  # a program of its own, with its own help
VERBS = [words for words, command in COMMAND.items() if not isinstance(command, click.Group)]


def help_of(words: tuple[str, ...]) -> str:
    result = CliRunner().invoke(cli, [*words, "--help"], prog_name="ztix", terminal_width=100)
    assert result.exit_code == 0, result.output
    return result.stdout


def ztix(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program as a process of its own."""
    command = [sys.executable, "-m", "ztix", *words]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False)


@pytest.fixture
def boom(tmp_path: Path) -> Callable[..., list[str]]:
    """The words that run a command which ends as it is told."""
    (tmp_path / "boom.py").write_text(BOOM)
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {MAIN}"
    return lambda what: [sys.executable, "-c", program, "boom", what]


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(words, capture_output=True, text=True, env=env, timeout=60, check=False)


@pytest.mark.parametrize("words", COMMAND, ids=" ".join)
def test_help_is_the_recorded_one(words: tuple[str, ...], golden: Callable[[Path, str], None]) -> None:
    """What people read is changed on purpose only."""
    golden(GOLDEN / ("-".join(("ztix", *words)) + ".txt"), help_of(words))


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_help_names_what_a_verb_reads_writes_and_exits_with(words: tuple[str, ...]) -> None:
    """Nobody has to try a verb to learn what it touches."""
    text = " ".join(help_of(words).split())
    assert re.search(r"\b[Rr]eads\b", text)
    assert re.search(r"\b[Ww]rites\b", text)
    codes = {int(code) for code in re.findall(r"\d+", text.partition("Exits ")[2].partition(" Options:")[0])}
    assert {0} < codes <= set(map(int, Exit))


def test_help_of_the_program_lists_every_command_and_every_exit_code() -> None:
    """The words beside each command are those of its own help, and no code is left out."""
    text = help_of(())
    for name, (_, words) in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(words)}$", text, re.M)
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.get_short_help_str(100) == words
    codes = " ".join(text.partition("Exit codes:")[2].split())
    assert {code for code in Exit if re.search(rf"\b{int(code)} ", codes)} == set(Exit)
    assert set(EXIT_MEANINGS) == set(Exit)


def test_help_imports_nothing_heavy() -> None:
    """`ztix --help` is quick because what it does not need stays where it is."""
    code = "import sys, ztix.cli as c\ntry: c.main()\nfinally: print(*sys.modules, file=sys.stderr)"
    done = run([sys.executable, "-c", code, "--help"])
    assert done.returncode == 0
    loaded = set(done.stderr.split())
    assert "click" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("--nosuch",),
        ("plan", "--nosuch"),
        ("plan", "--format", "xml"),
        ("lab", "nosuch"),
        ("apply",),
        (),
    ],
    ids=" ".join,
)
def test_words_that_mean_nothing_are_usage(words: tuple[str, ...]) -> None:
    """An unknown command or option ends with 64 and tells on stderr where help is."""
    done = ztix(*words)
    assert (done.returncode, done.stdout) == (Exit.USAGE, "")
    assert "Usage: ztix" in done.stderr


def test_version_is_data() -> None:
    """The version goes to stdout."""
    done = ztix("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"ztix, version \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("kind", ZtixError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_error_ends_with_its_own_code(boom: Callable[..., list[str]], kind: type[ZtixError]) -> None:
    """Each error class has its exit code, and its words go to stderr."""
    done = run(boom(kind.__name__))
    assert done.returncode == kind.exit
    assert done.stdout == ""
    assert done.stderr == "error: what went wrong\n help: what to do\n"


def test_error_when_hostile_is_shown_harmless(boom: Callable[..., list[str]]) -> None:
    """What an outside service said reaches the terminal on one line and without escape sequences."""
    done = run(boom("exit"))
    assert done.returncode == Exit.LOCKED
    assert done.stderr == "error: two\ufffdlines \ufffd[31m\n help: what to do\n"


def test_error_codes_are_all_different() -> None:
    """A code tells CI one thing. That a route server is stuck is told by a receipt, and is no error."""
    codes = [kind.exit for kind in ZtixError.__subclasses__()]
    assert len(set(codes)) == len(codes)
    assert {*codes, Exit.DONE, Exit.BUG, Exit.CHANGES, Exit.STUCK} == set(Exit)


def test_bug_is_told_in_two_lines(boom: Callable[..., list[str]]) -> None:
    """An error that nobody foresaw names its place and asks for a report; its own text may be a member's."""
    done = run(boom("bug"))
    assert (done.returncode, done.stdout) == (Exit.BUG, "")
    first, second = done.stderr.splitlines()
    assert re.fullmatch(r"error: this is a bug in ztix [0-9.]+: KeyError at boom\.py:\d+", first)
    assert "report" in second
    assert "ZTIX_TRACEBACK=1" in second
    assert "secret" not in done.stderr


def test_bug_when_asked_for_its_trace_shows_it(boom: Callable[..., list[str]]) -> None:
    """Who reports a bug gets all of it."""
    done = run(boom("bug"), ZTIX_TRACEBACK="1")
    assert done.returncode == Exit.BUG
    assert "Traceback (most recent call last)" in done.stderr
    assert "KeyError" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_run_is_partial(boom: Callable[..., list[str]], number: signal.Signals) -> None:
    """A run that is stopped says so and ends with 6, without a trace."""
    with subprocess.Popen(boom("wait"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, told = process.communicate(timeout=20)
    assert process.returncode == Exit.PARTIAL
    assert told.strip().startswith("error: stopped")
    assert "Traceback" not in told


def test_reader_that_leaves_stops_the_text_and_not_the_run(boom: Callable[..., list[str]]) -> None:
    """`ztix … | head -1` goes on to its end and exits with what it found, without a complaint."""
    with subprocess.Popen(boom("much"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "a line of data\n"
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read()
    assert (process.returncode, told) == (2, "went on to the end\n")


def test_readers_of_both_streams_that_leave_change_no_exit_code(boom: Callable[..., list[str]]) -> None:
    """Who closes stderr, too, learns the truth from the code."""
    command = " ".join(f"'{word}'" if "'" not in word else f'"{word}"' for word in boom("much"))
    done = run(["bash", "-c", f"{command} 2>&1 | head -1 >/dev/null; echo ${{PIPESTATUS[0]}}"])
    assert (done.stdout, done.stderr) == ("2\n", "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_stream_that_is_closed_from_the_start_is_nowhere(closed: str) -> None:
    """A service manager that gives no streams gets an exit code all the same."""
    done = run(["bash", "-c", f"exec 3>&1; {sys.executable} -m ztix explain {closed}; echo $? >&3"])
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


@pytest.mark.parametrize(("what", "code"), [("much", 7), ("colour", 7), ("stuck", 9)])
def test_stdout_on_a_full_disk_is_told_in_a_sentence(
    boom: Callable[..., list[str]], what: str, code: int
) -> None:
    """A run whose data does not arrive goes on, tells why at its end, and keeps a code that is worse."""
    done = run(["bash", "-c", '"$@" >/dev/full', "bash", *boom(what)])
    assert done.returncode == code
    assert "error: stdout could not be written: No space left on device\n" in done.stderr
    assert ("went on to the end" in done.stderr) is (what == "much")
    assert "bug" not in done.stderr


def test_output_in_no_terminal_has_no_colour(boom: Callable[..., list[str]]) -> None:
    """A pipe gets plain text."""
    assert run(boom("colour")).stdout == "False\n"


@pytest.mark.parametrize(("no_colour", "coloured"), [("", "True"), ("1", "False")])
def test_output_in_a_terminal_obeys_no_color(
    boom: Callable[..., list[str]], no_colour: str, coloured: str
) -> None:
    """`NO_COLOR`, when it is not empty, wins over the terminal."""
    ours, theirs = os.openpty()
    env = {**os.environ, "NO_COLOR": no_colour}
    subprocess.run(boom("colour"), stdout=theirs, env=env, timeout=60, check=True)
    os.close(theirs)
    assert os.read(ours, 100).decode().strip() == coloured
    os.close(ours)


def test_program_without_git_says_so(tmp_path: Path) -> None:
    """A machine without git is told what is missing."""
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "exchange.yaml").touch()
    done = ztix("--exchange", str(tmp_path), "check", "--ref", "HEAD", PATH="/nowhere")
    assert done.returncode == Exit.USAGE
    assert "`git`" in done.stderr
