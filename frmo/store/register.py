"""The register of trials on the ledger: `state/register/<nnnnnn>.json`, one entry a file, only ever added to."""

from collections.abc import Callable, Mapping, Sequence

from frmo.errors import GitError
from frmo.files import json_file
from frmo.files.json_file import canonical
from frmo.model.names import LEDGER
from frmo.model.register import Entry, entry_from_data, entry_to_data
from frmo.model.trailers import commit_message
from frmo.repo.repository import Change, FileChange
from frmo.store.ledger import Ledger
from frmo.store.workspace import Workspace

FOLDER = "state/register"


def ledger_tip(workspace: Workspace) -> str | None:
    """Tip of the ledger: ours, else one that was fetched; None where there is none yet."""
    ours = workspace.repo.ref(LEDGER)
    if ours is not None:
        return ours
    return next((oid for name, oid in workspace.repo.refs("refs/remotes/") if name.endswith("/frmo/ledger")), None)


def entries(workspace: Workspace, tip: str | None) -> tuple[Entry, ...]:
    """The register as ledger commit `tip` has it, in its order. GitError when a number is missing or a file is no entry."""
    if tip is None:
        return ()
    files = workspace.repo.children(tip, workspace.path(FOLDER))
    found = []
    for number, item in enumerate(sorted(files, key=lambda file: file.path), start=1):
        if not item.path.endswith(f"/{number:06d}.json"):
            raise GitError(f"{item.path} in {tip[:12]}: entry {number} of the register is missing or misnamed.")
        try:
            found.append(entry_from_data(json_file.load(workspace.repo.blob(item.oid), item.path)))
        except (KeyError, TypeError) as fault:
            raise GitError(f"{item.path} in {tip[:12]} is no entry of the register: {fault}") from None
    return tuple(found)


def append(
    workspace: Workspace,
    build: Callable[[Sequence[Entry]], tuple[Entry, Mapping[str, bytes]] | None],
    what: str,
    *,
    now: float,
    email: str,
    parents: Sequence[str] = (),
) -> tuple[Entry, ...]:
    """Add one entry by compare-and-swap; the register afterwards.

    `build` gets the register as it is and gives the entry with what else the ledger is to keep (path below the prefix to
    content), or None when there is nothing to add. It is called again after each lost race, so a number is given once.
    """

    def changes(tip: str) -> Mapping[str, Change] | None:
        register = entries(workspace, tip)
        built = build(register)
        if built is None:
            return None
        entry, more = built
        place = f"{FOLDER}/{len(register) + 1:06d}.json"
        files = {place: canonical(entry_to_data(entry)), **more}
        return {workspace.path(path): FileChange(content) for path, content in files.items()}

    message = commit_message("trial", what, [("Frmo-Step", "trial"), ("skip-checks", "true")])
    return entries(workspace, Ledger(workspace, email).extend(changes, message, now, parents))


def rewritten(workspace: Workspace, tip: str) -> list[str]:
    """Entries that a commit of the ledger changed or dropped; empty for a register that was only added to."""
    repo, folder = workspace.repo, workspace.path(FOLDER)
    breaches: list[str] = []
    later = {item.path: item.oid for item in repo.children(tip, folder)}
    seen = repo.entry(tip, folder)
    for commit in repo.history(tip):
        found = repo.entry(commit.oid, folder)
        if found == seen:
            continue
        earlier = {item.path: item.oid for item in repo.children(commit.oid, folder)}
        breaches += [
            f"register: {path} was changed after it was written"
            for path, oid in earlier.items()
            if later.get(path) != oid
        ]
        later, seen = earlier, found
    return breaches
