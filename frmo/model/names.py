"""Names of tasks, refs and paths: one strict pattern each, and the id of a task."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping

ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?-[0-9a-f]{8}")
ROLE = re.compile(r"[a-z][a-z0-9_-]{0,40}")
REF = re.compile(r"refs/(?:heads/frmo|remotes/[A-Za-z0-9_-]+/frmo|frmo)(?:/[A-Za-z0-9][A-Za-z0-9_-]*)+")

LEDGER = "refs/heads/frmo/ledger"
# Names that another file system reads as git's own (`GIT~1`), or that Windows keeps for devices.
_SHORT = re.compile(r"gi[0-9a-z]{0,6}~[0-9]+", re.IGNORECASE)
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def safe_name(text: str, limit: int = 40) -> str:
    """`text` as lower-case ASCII words joined by '-', never empty."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:limit].strip("-")
    return name or "task"


def task_id(path: str, content: Mapping[str, object]) -> str:
    """Safe file name plus 8 hex digits over inbox path and parsed content: no counter, so machines never collide."""
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    digest = hashlib.sha256(json.dumps([path, content], sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return f"{safe_name(stem)}-{digest[:8]}"


def shard(task: str) -> str:
    """First two hex digits of the id's hash, so that no folder grows large."""
    return hashlib.sha256(task.encode()).hexdigest()[:2]


def task_ref(task: str) -> str:
    """Ref of the branch that holds a task's work."""
    return f"refs/heads/frmo/task/{task}"


def lease_ref(task: str) -> str:
    """Ref that is the claim on a task."""
    return f"refs/frmo/leases/{task}"


def cancel_ref(task: str) -> str:
    """Ref by which a person asks the holder of a task to cancel it."""
    return f"refs/frmo/cancel/{task}"


def review_ref(task: str) -> str:
    """Ref of the branch that shows the deliverable alone, in one commit."""
    return f"refs/heads/frmo/review/{task}"


def archive_ref(task: str, run: int) -> str:
    """Ref that keeps the branch of an earlier run."""
    return f"refs/frmo/archive/{task}/{run}"


def cache_ref(key: str) -> str:
    """Ref of one cached completion; `key`: SHA-256 in hex."""
    return f"refs/frmo/cache/{key[:2]}/{key}"


def path_fault(path: str) -> str | None:
    """Why `path` may not be written by an agent, or None: relative, forward slashes, no odd parts, NFC."""
    parts = path.split("/")
    if not path or len(path) > 1024 or path.startswith("/") or "\\" in path or re.match(r"[A-Za-z]:", path):
        return "not a relative path with forward slashes"
    if any(part in ("", ".", "..") for part in parts):
        return "has an empty part, '.' or '..'"
    if any(ord(char) < 32 or ord(char) == 127 for char in path) or any(
        p != p.strip() or p.endswith(".") for p in parts
    ):
        return "has control characters, or parts that begin or end with a space or end with a dot"
    if any(unicodedata.category(char) in ("Cf", "Cs", "Co", "Cn", "Zl", "Zp") for char in path):
        return "has characters that nobody sees, or that are no text"
    if unicodedata.normalize("NFKC", path) != path:
        return "is not in Unicode normal form NFKC"
    if any(
        len(part.encode()) > 255 or ":" in part or _SHORT.fullmatch(part) or _DEVICE.fullmatch(part) for part in parts
    ):
        return "is a name that some file systems can't hold, or take for another"
    return None


def folded(path: str) -> str:
    """What two paths share when a file system takes them for one (case, Unicode form)."""
    return unicodedata.normalize("NFKC", path).casefold()
