"""What the git program does better than a library: diff text, ignore rules. One process per call, nothing kept open.

Every call gets an explicit git directory, literal pathspecs, no hooks, no file system monitor, no external diff or
text conversion, and none of the GIT_* variables that an outer hook may have left.
"""

import re
import tempfile
from collections.abc import Sequence

import git

from frmo.errors import GitError
from frmo.repo.handle import Handle
from frmo.repo.names import checked_path, is_oid

# `git rev-parse --local-env-vars`, and what else could redirect git or make it run or print something of its own.
_DROPPED = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_INTERNAL_SUPER_PREFIX", "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_QUARANTINE_PATH", "GIT_EXEC_PATH", "GIT_TEMPLATE_DIR", "GIT_ATTR_SOURCE",
    "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_PAGER", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_ASKPASS",
    "GIT_TRACE", "GIT_TRACE2", "GIT_TRACE_SETUP", "GIT_TRACE_PERFORMANCE", "GIT_FLUSH", "GIT_REFLOG_ACTION",
    "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
)  # fmt: skip
_SETTINGS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=keep", "core.quotePath=false",
    "core.fsync=committed,reference", "core.pager=cat", "gc.auto=0", "maintenance.auto=false",
    "diff.external=", "protocol.allow=never", "protocol.ext.allow=never", "submodule.recurse=false", "advice.detachedHead=false",
)  # fmt: skip
_IDENTITY = re.compile(r"(.+) <(.+)> \d+ [-+]\d{4}")


class Porcelain:
    """Runs the git program, through GitPython, on one repository."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        accept: tuple[int, ...] = (0,),
        literal: bool = True,
        more: Sequence[str] = (),
    ) -> bytes:
        """Standard output of `git <arguments>`. Raises GitError when it ends with a code not in `accept`.

        Whoever calls has checked every argument that comes from a task, an agent or a branch. `more`: variables for
        its environment, as `NAME=value`.
        """
        unset = [part for name in _DROPPED for part in ("-u", name)]
        fixed = [part for setting in _SETTINGS for part in ("-c", setting)]
        where = [f"--git-dir={self._handle.own_dir}"]
        if self._handle.root is not None:
            where.append(f"--work-tree={self._handle.root}")
        command = [
            "env", *unset, f"GIT_LITERAL_PATHSPECS={int(literal)}", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", *more,
            "git", "--no-pager", "--no-replace-objects", *where, *fixed, *arguments,
        ]  # fmt: skip
        runner = git.cmd.Git(str(self._handle.root or self._handle.own_dir))
        with tempfile.TemporaryFile() as source:
            source.write(stdin)
            source.seek(0)
            code, out, err = runner.execute(
                command,
                istream=source,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
            )
        if code not in accept:
            raise GitError(f"git {_verb(arguments)} failed: {str(err).strip()[:2000]}")
        return out if isinstance(out, bytes) else str(out).encode()

    def identity(self) -> tuple[str, str] | None:
        """Name and e-mail that the person's own commits would get; None where git would have to guess."""
        try:
            found = self.run("-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT").decode("utf-8", "replace")
        except GitError:
            return None
        match = _IDENTITY.fullmatch(found.strip())
        return (match[1], match[2]) if match else None

    def stage(self, rows: bytes) -> None:
        """Set index entries: `mode oid<TAB>path<NUL>` each, mode 0 removes. All other entries stay as they are.

        Writing an index makes git compare entries as young as the index with their files, which would start the
        filter programs that the configuration names: each is set to nothing for this call.
        """
        found = self.run("config", "--null", "--name-only", "--get-regexp", r"^filter\..*", accept=(0, 1))
        names = sorted({name.decode("utf-8", "surrogateescape") for name in found.split(b"\0") if name})
        values = ["false" if name.endswith(".required") else "" for name in names]
        more = [f"GIT_CONFIG_COUNT={len(names)}"]
        for place, (name, value) in enumerate(zip(names, values, strict=True)):
            more += [f"GIT_CONFIG_KEY_{place}={name}", f"GIT_CONFIG_VALUE_{place}={value}"]
        self.run("update-index", "-z", "--index-info", stdin=rows, more=more)

    def diff_text(self, old: str, new: str, paths: Sequence[str] | None = None, color: bool = False) -> str:
        """Unified diff of two tree-ish oids, limited to `paths` (taken literally; None: all)."""
        if not (is_oid(old) and is_oid(new)):
            raise GitError(f"A diff is between two object ids, not {old[:60]!r} and {new[:60]!r}.")
        if paths is not None and not paths:
            return ""
        shown = ("--color=always" if color else "--color=never", "--no-ext-diff", "--no-textconv", "--find-renames")
        limit = [checked_path(path) for path in paths or ()]
        return self.run("diff", *shown, old, new, "--", *limit).decode("utf-8", "replace")

    def ignored(self, paths: Sequence[str]) -> list[str]:
        """Those of `paths` that the ignore rules would hide if they were untracked."""
        if not paths:
            return []
        # check-ignore refuses literal pathspecs; "./" in front takes the magic out of a path that begins with ':'.
        wanted = "".join(f"./{checked_path(path.rstrip('/'))}{'/' * path.endswith('/')}\0" for path in paths)
        command = ("check-ignore", "--no-index", "-z", "--stdin")
        found = self.run(*command, stdin=wanted.encode(), accept=(0, 1), literal=False)
        return [path.decode("utf-8", "surrogateescape").removeprefix("./") for path in found.split(b"\0") if path]


def _verb(arguments: Sequence[str]) -> str:
    return arguments[2] if arguments[0] == "-c" else arguments[0]
