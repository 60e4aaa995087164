"""The command line: parse, call `reconcile`, echo, exit. No decisions.

Law: data goes to stdout, words for people to stderr. A command's module, and every heavy library, is imported
only when that command runs. The one place where an error becomes an exit code.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import signal
import sys

import click

from ztix import __version__

COMMANDS = {
    "init": ("ztix.cli.making", "Write a new exchange repository."),
    "new": ("ztix.cli.making", "Write a new member's file."),
    "fmt": ("ztix.cli.making", "Bring files into canonical form."),
    "check": ("ztix.cli.reading", "Find what is wrong with the exchange."),
    "prove": ("ztix.cli.prove", "Tell how to prove an AS number, and what holds."),
    "sign": ("ztix.cli.sign", "Sign a change of a member's file."),
    "invite": ("ztix.cli.invite", "Invite a network to join."),
    "explain": ("ztix.cli.reading", "Explain a rule or a community."),
    "route": ("ztix.cli.route", "Say where a route goes, and where it stops."),
    "router-config": ("ztix.cli.router_config", "Print the configuration of a member's own router."),
    "schema": ("ztix.cli.reading", "Print the JSON Schema of a file."),
    "render": ("ztix.cli.reading", "Print the route servers' configurations."),
    "review": ("ztix.cli.review", "Say whether a pull request may be merged."),
    "plan": ("ztix.cli.planning", "Show what a run would change."),
    "drift": ("ztix.cli.planning", "Show what moved without git."),
    "status": ("ztix.cli.planning", "Show what is live."),
    "exporter": ("ztix.cli.exporter", "Serve what is live to Prometheus."),
    "doctor": ("ztix.cli.doctor", "Say what keeps a member off, and whose turn it is."),
    "reconcile": ("ztix.cli.running", "Make what is live exactly what git says."),
    "apply": ("ztix.cli.running", "Carry out a saved plan, exactly that one."),
    "deploy": ("ztix.cli.running", "Roll out configurations, leave fabrics alone."),
    "audit": ("ztix.cli.audit", "Tell who approved what, and what became of it."),
    "submissions": ("ztix.cli.forge", "List the open pull requests."),
    "tell": ("ztix.cli.forge", "Tell merged pull requests what became of them."),
    "codeowners": ("ztix.cli.forge", "Write .github/CODEOWNERS from the maintainers."),
    "evidence": ("ztix.cli.evidence", "Ask PeeringDB, the IRR and a validator."),
    "export": ("ztix.cli.export", "Print what outsiders read of the exchange."),
    "site": ("ztix.cli.site", "Make the exchange's website."),
    "route-server": ("ztix.cli.route_server", "Prepare a route server's machine, and look at it."),
    "fabric": ("ztix.cli.fabric", "See and mend one fabric by hand."),
    "address": ("ztix.cli.address", "Compute a node's addresses, or the node of one."),
    "identity": ("ztix.cli.identity", "Make and check identities of nodes."),
    "backup": ("ztix.cli.backup", "Copy a controller's state, and put it back."),
    "migrate-network": ("ztix.cli.migrate", "Tell who does what when a network's id is lost."),
    "lab": ("ztix.cli.laboratory", "Simulator and demonstration."),
}


class Verbs(click.Group):
    """The commands above, in that order, each loaded when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command = getattr(module, cmd_name.replace("-", "_"))
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        below = command.get_command(ctx, rest[0]) if isinstance(command, click.Group) and rest else None
        ctx.meta["ztix.verb"] = f"{name} {rest[0]}" if below else name
        return name, command, rest

    def invoke(self, ctx: click.Context) -> object:
        if ctx.params["log_format"] is None:
            return super().invoke(ctx)
        from ztix.cli.logs import logged

        return logged(ctx, super().invoke)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.command(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 2 changes, 3 findings, 4 refused by a gate, 5 stale, 6 partial, "
    "7 unavailable, 8 locked, 9 stuck, 64 usage, 1 a bug. `ztix COMMAND --help` tells the rest.",
)
@click.version_option(__version__, prog_name="ztix")
@click.option(
    "--exchange",
    "-C",
    "folder",
    metavar="DIR",
    default=".",
    help="The exchange's folder; by default the nearest one upwards with policy/exchange.yaml.",
)
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    help="Also tell on stderr what happens, one event in a line; with json nothing else.",
)
@click.pass_context
def cli(ctx: click.Context, folder: str, log_format: str | None) -> None:
    """Run an Internet exchange from a git repository.

    `members/` and `policy/` say what shall be; ztix makes the fabric and the route servers so.
    """
    ctx.obj = folder
    if log_format is not None:
        from ztix.cli.logs import begin

        begin()


def main() -> None:
    """Entry point: run the command and exit with its code."""
    from ztix.cli.streams import lost_output, outlast_readers
    from ztix.errors import Exit, ZtixError

    # A run makes few cycles and ends soon; with 10,000 members, looking for them would double its time.
    # Python looks for them at the very end too, for a tenth of a second, but not among what is frozen.
    gc.disable()
    atexit.register(gc.freeze)
    # pydantic would look through every package that is installed for plug-ins that see what is validated.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    outlast_readers()
    signal.signal(signal.SIGTERM, _stop)
    try:
        code = cli.main(prog_name="ztix", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = _say("stopped", "run it again: it goes on from where it was", Exit.PARTIAL)
    except click.ClickException as error:
        error.show()
        code = Exit.USAGE
    except ZtixError as error:
        code = _say(error.message, error.help, error.exit)
    except Exception as error:
        code = _confess(error)
    code = code if isinstance(code, int) else Exit.DONE
    if reason := lost_output():
        told = _say(
            f"stdout could not be written: {reason}", "make room, or write elsewhere", Exit.UNAVAILABLE
        )
        # A run that ended worse keeps its own code.
        code = told if code in (Exit.DONE, Exit.CHANGES) else code
    sys.exit(code)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _say(message: str, advice: str, code: int) -> int:
    from ztix.console.safe import printable

    click.echo(f"error: {printable(message, 2000)}", err=True)
    if advice:
        click.echo(f" help: {printable(advice, 2000)}", err=True)
    return code


def _confess(error: Exception) -> int:
    """Tell of a bug in one line. The trace may hold members' texts, so it has to be asked for."""
    import traceback

    from ztix.errors import Exit

    if os.environ.get("ZTIX_TRACEBACK"):
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.filename.rpartition(os.sep)[2]}:{last.lineno}"
    return _say(
        f"this is a bug in ztix {__version__}: {type(error).__name__} at {place}",
        "report this line, and what it says with `ZTIX_TRACEBACK=1`, where your ztix comes from",
        Exit.BUG,
    )
