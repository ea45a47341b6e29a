"""The `frmo` command: verbs load lazily, errors become one message and an exit code."""

import importlib
import sys
from typing import Any

import click

from frmo import __version__
from frmo.errors import FrmoError

# verb -> "module:attribute"; a verb's module is imported only when that verb is called.
VERBS: dict[str, str] = {
    "init": "frmo.cli.init:init",
    "new": "frmo.cli.inbox:new",
    "add": "frmo.cli.inbox:add",
    "run": "frmo.cli.run:run",
    "watch": "frmo.cli.run:watch",
    "status": "frmo.cli.status:status",
    "log": "frmo.cli.look:log",
    "diff": "frmo.cli.look:diff",
    "errors": "frmo.cli.look:errors",
    "patterns": "frmo.cli.patterns:patterns",
    "insights": "frmo.cli.patterns:insights",
    "learn": "frmo.cli.learn:learn",
    "trial": "frmo.cli.trial:trial",
    "protocol": "frmo.cli.protocol:protocol",
    "review": "frmo.cli.review:review",
    "accept": "frmo.cli.review:accept",
    "reject": "frmo.cli.review:reject",
    "retry": "frmo.cli.redo:retry",
    "switch": "frmo.cli.switch:switch",
    "cost": "frmo.cli.cost:cost",
    "cancel": "frmo.cli.redo:cancel",
    "models": "frmo.cli.models:models",
    "demo": "frmo.cli.demo:demo",
    "doctor": "frmo.cli.doctor:doctor",
    "bench": "frmo.cli.bench:bench",
    "verify": "frmo.cli.verify:verify",
    "hook": "frmo.cli.hook:hook",
}
HELP: dict[str, str] = {
    "init": "Make this repository a workspace.",
    "new": "Write a task file.",
    "add": "Validate task files and place them in the inbox.",
    "run": "Work through what is pending and stop.",
    "watch": "The same, and go on with what is dropped; Ctrl-C stops.",
    "status": "Where every task stands.",
    "log": "The steps of a task with tokens and cost.",
    "diff": "The deliverable of a task against its base.",
    "errors": "What went wrong.",
    "patterns": "What recurs more than chance allows.",
    "insights": "What was learned; `add` proposes yours.",
    "learn": "One round: pattern, insight, trial, merge of a win.",
    "protocol": "What agents are told, since when, what speaks for it.",
    "trial": "Evidence: show a trial, verify one from the clone.",
    "review": "Go through finished work: accept, reject or skip.",
    "accept": "Bring a task's deliverable to the current branch.",
    "reject": "Turn a task's work down, with the reason.",
    "retry": "Run a task again.",
    "switch": "Kill switches: stop a kind of agent, a validator, learning.",
    "cost": "What it cost, by task, agent, model, protocol version and day.",
    "cancel": "Stop a task, running or pending.",
    "models": "Fetch, list and remove local model weights.",
    "demo": "The main job on a fresh machine.",
    "doctor": "Check the workspace, the sandbox and the models.",
    "bench": "Measure what the README claims.",
    "verify": "Re-derive every verdict and state move from the clone.",
    "hook": "What the git hooks call.",
}


class _Verbs(click.Group):
    """Looks a verb up without importing the others; lists them from the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Verbs in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one module that a verb needs."""
        if cmd_name not in VERBS:
            return None
        module, attribute = VERBS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Help of all verbs from the table, importing none of them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, HELP[name]) for name in VERBS])


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="frmo")
def group() -> None:
    """Run agents over a git repository; review with git.

    Drop a task file into tasks/, call `frmo run`, look at the branch.
    Exit codes: 0 complete, 1 failed validation, 2 bad usage or input, 3 a bug in frmo, 4 budget or quota,
    130 interrupted.
    """


def main(args: list[str] | None = None) -> None:
    """Entry point. Never shows a traceback for a fault of the input; a bug gets a report to paste."""
    sys.exit(run_command(sys.argv[1:] if args is None else args))


def run_command(args: list[str]) -> int:
    """Run one command line; the exit code of DESIGN section 8."""
    try:
        result: Any = group.main(args=args, prog_name="frmo", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("frmo: interrupted", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except FrmoError as error:
        click.echo(f"frmo: {error}", err=True)
        return error.exit_code
    except KeyboardInterrupt:
        click.echo("frmo: interrupted", err=True)
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:  # noqa: BLE001  the outermost loop: a bug becomes a report
        from frmo.cli.bug import report

        click.echo(report(error, args), err=True)
        return 3
    return result if isinstance(result, int) else 0
