"""A command of the project, run by `sh -c` in a copy of the tree of its own."""

import hashlib
from dataclasses import replace

from frmo.model.verdict import Finding
from frmo.validators.invocation import import_paths, run, stopped
from frmo.validators.result_cache import tree_digest
from frmo.validators.stage import stage
from frmo.validators.subject import Subject

NOT_FOUND = 127
_TAIL = 1000


def failure(subject: Subject, validator: str, node: str, command: str, *, of_base: bool = False) -> Finding | None:
    """What went wrong, or None where it ended with 0. The project's own programs come before the system's."""
    token = hashlib.sha256(f"{node}\0{command}".encode()).hexdigest()[:8]
    tree = stage(subject, f"command-{token}-{'base' if of_base else 'work'}", of_base=of_base).root
    places = [f'"$PWD/{path}"' for path in import_paths(tree) if path != "."]
    paths = f"export PYTHONPATH={':'.join(places)}; " if places else ""
    line = f'export PATH="{subject.python.path.parent}:$PATH"; {paths}{command}'
    ended = run(subject, ("sh", "-c", line), worktree=tree, interpreters=(subject.python,))
    if ended.ok:
        return None
    said = (ended.stdout.strip() + b"\n" + ended.stderr.strip()).decode("utf-8", "replace").strip()[-_TAIL:]
    last = said.splitlines()[-1] if said else "it printed nothing"
    exited = ended.status == "exited"
    code, words = ("exit", f"exit code {ended.code}") if exited else stopped(ended)
    code = "not found" if exited and ended.code == NOT_FOUND else code
    return Finding(validator, 4, code, f"{words}: {last}", excerpt=said, node=node, reproduce=command)


def weighed(subject: Subject, found: Finding, command: str) -> Finding:
    """`found`, or advice where the base commit fails likewise: then it says nothing about the work."""
    facts = f"{command}\0{subject.python.path}\0{subject.limits}\0{subject.sandbox.level}".encode()
    key = hashlib.sha256(facts + tree_digest(subject.base)).hexdigest()

    def make() -> bytes:
        return b"" if failure(subject, found.validator, found.node, command, of_base=True) is None else b"failed"

    if not subject.remember(f"command-{key}", make):
        return found
    return replace(found, decides=False, message=f"{found.message} (it fails at the base commit as well)")
