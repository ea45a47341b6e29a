"""Coding-agent programs that can do a task: how each is called, and where it is found on the person's own PATH."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frmo.errors import ProviderUnavailable
from frmo.sandbox.interpreter import python_mounts
from frmo.sandbox.program import Mount

_SHOWN = ("/usr/", "/bin/", "/lib/", "/lib64/", "/nix/store/")
_OPENAI = {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_BASE": "{url}/v1", "OPENAI_API_KEY": "frmo"}
_ANTHROPIC = {"ANTHROPIC_BASE_URL": "{url}", "ANTHROPIC_API_KEY": "frmo"}


@dataclass(frozen=True)
class AgentProgram:
    """`argv[0]` is a name on PATH; words of argv and env may hold {prompt}, {prompt_file}, {url}, {model}.

    `prompt`: `stdin`, or `argument` where argv holds it. `report`: its output ends with a JSON object.
    """

    argv: tuple[str, ...]
    prompt: str = "argument"
    report: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    install: str = ""


PROGRAMS: Mapping[str, AgentProgram] = {
    "claude": AgentProgram(
        ("claude", "-p", "--output-format", "json", "--dangerously-skip-permissions", "--model", "{model}"),
        prompt="stdin",
        report=True,
        env={"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "IS_SANDBOX": "1"},
        install="npm install -g @anthropic-ai/claude-code",
    ),
    "codex": AgentProgram(
        ("codex", "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "-m", "{model}",
         "-c", "model_provider=frmo", "-c", "model_providers.frmo.name=frmo",
         "-c", "model_providers.frmo.base_url={url}/v1", "-c", "model_providers.frmo.wire_api=chat",
         "-c", "model_providers.frmo.env_key=OPENAI_API_KEY", "-"),
        prompt="stdin",
        install="npm install -g @openai/codex",
    ),
    "aider": AgentProgram(
        ("aider", "--message-file", "{prompt_file}", "--model", "openai/{model}", "--yes-always", "--no-check-update",
         "--no-show-model-warnings", "--analytics-disable", "--no-auto-commits", "--no-gitignore", "--no-stream"),
        install="pip install aider-chat",
    ),
    "mini-swe-agent": AgentProgram(
        ("mini", "-m", "openai/{model}", "-t", "{prompt}", "-y", "--exit-immediately", "-l", "0", "-o", "/tmp/mini.json"),  # noqa: S108  inside
        env={"MSWEA_CONFIGURED": "true", "MSWEA_COST_TRACKING": "ignore_errors", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "MSWEA_MODEL_RETRY_STOP_AFTER_ATTEMPT": "3", "MSWEA_GLOBAL_CONFIG_DIR": "/tmp/mini"},  # noqa: S108  inside
        install="pip install mini-swe-agent",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Installed:
    """A program that was found: what to run inside, and what has to be shown for it."""

    program: AgentProgram
    executable: Path
    mounts: tuple[Mount, ...]

    def to_data(self, model: str) -> dict[str, Any]:
        """What the process inside is told."""
        program = self.program
        return {
            "argv": [str(self.executable), *program.argv[1:]],
            "env": {**_OPENAI, **_ANTHROPIC, **program.env},
            "prompt": program.prompt,
            "report": program.report,
            "model": model,
        }


def chosen(name: str | None, argv: tuple[str, ...], prompt: str | None) -> AgentProgram:
    """The program that the configuration names, its own `argv` over a known one's. Raises ProviderUnavailable."""
    known = PROGRAMS.get(name or "")
    if not argv and known is None:
        there = ", ".join(sorted(PROGRAMS))
        raise ProviderUnavailable(f"command: set agents.command.program to one of {there}, or agents.command.argv")
    if not argv:
        assert known is not None
        return known
    asked = any("{prompt" in word for word in argv)
    base = known or AgentProgram(argv, prompt="argument" if asked else "stdin", report=True)
    return AgentProgram(argv, prompt or base.prompt, base.report, base.env, base.install)


def find_program(program: AgentProgram, path: str) -> Installed:
    """Look `program` up on `path` (absolute folders only, so never in a repository). Raises ProviderUnavailable."""
    name = program.argv[0]
    folders = ":".join(folder for folder in path.split(":") if folder.startswith("/"))
    found = shutil.which(name, path=folders) if "/" not in name else None
    if found is None:
        hint = f"; install it: {program.install}" if program.install else ""
        raise ProviderUnavailable(f"command: there is no program {name!r} on PATH{hint}")
    executable = Path(found).resolve()
    return Installed(program, executable, _mounts(executable, folders))


def _mounts(executable: Path, path: str) -> tuple[Mount, ...]:
    """The program, its package, and its interpreter, read-only at the same paths; what the system shows anyway is left out."""
    interpreter = _interpreter(executable, path)
    mounts: list[Mount] = []
    if interpreter is not None and interpreter.name.startswith("python"):
        mounts += python_mounts(interpreter)
    elif interpreter is not None:
        mounts += _shown(interpreter.resolve())
    mounts += _shown(_package(executable))
    unique = {mount.target: mount for mount in mounts}
    covered = tuple(f"{target}/" for target in unique)
    return tuple(mount for target, mount in unique.items() if not target.startswith(covered))


def _interpreter(executable: Path, path: str) -> Path | None:
    """What the first line of a script names."""
    with executable.open("rb") as file:
        line = file.readline(256)
    words = line[2:].decode("utf-8", "replace").split() if line.startswith(b"#!") else []
    if len(words) > 1 and Path(words[0]).name == "env":
        found = shutil.which(words[1], path=path)
        return Path(found) if found else None
    return Path(words[0]) if words else None


def _package(executable: Path) -> Path:
    """The folder of a node package with all it needs beside it; else the file itself."""
    parts = executable.parts
    return Path(*parts[: parts.index("node_modules") + 1]) if "node_modules" in parts else executable


def _shown(path: Path) -> list[Mount]:
    return [] if str(path).startswith(_SHOWN) else [Mount(path, str(path))]
