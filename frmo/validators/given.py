"""What a validator was given in a task or domain file, read with care: a wrong shape is an input error, not a crash."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from frmo.errors import Fault, InputError
from frmo.validators.deciding import covers, tidy
from frmo.validators.stage import content, files_of
from frmo.validators.subject import Subject


class Given:
    """Settings of one validator. Every reader names the key in its fault."""

    def __init__(self, subject: Subject, validator: str, data: Mapping[str, Any] | None = None, at: str = "") -> None:
        self._subject, self._validator = subject, validator
        self._data = subject.given(validator) if data is None else data
        self._at = at or f"validation.checks.{validator}"

    @property
    def base_root(self) -> Path:
        """The base commit's tree."""
        return self._subject.base

    def __bool__(self) -> bool:
        return bool(self._data)

    def fault(self, key: str, message: str, hint: str = "") -> InputError:
        """The error to raise about one key."""
        where = f"{self._at}.{key}" if key else self._at
        return InputError([Fault(self._subject.task.path, f"{where}: {message}", hint=hint)])

    def only(self, *known: str) -> "Given":
        """Itself. Raises InputError for a key that is not `known`."""
        for key in self._data:
            if key not in known:
                raise self.fault(key, "no such key", hint=f"there are {', '.join(known)}")
        return self

    def raw(self, key: str) -> Any:  # noqa: ANN401  parsed YAML
        """The value as it was written, or None."""
        return self._data.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """A string. Raises InputError where it is missing and there is no default."""
        value = self._data.get(key, default)
        if not isinstance(value, str):
            raise self.fault(key, "is missing" if value is None else "is not a text")
        return value

    def number(self, key: str, default: float) -> float:
        """A number."""
        value = self._data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fault(key, "is not a number")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; one string stands for a list of one."""
        value = self._data.get(key, ())
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, Sequence) or not all(isinstance(item, str) for item in items):
            raise self.fault(key, "is not a text or a list of texts")
        return tuple(items)

    def parts(self, key: str) -> "list[Given]":
        """A list of mappings, each to be read in turn."""
        value = self._data.get(key, ())
        if not isinstance(value, Sequence) or not all(isinstance(item, Mapping) for item in value):
            raise self.fault(key, "is not a list of mappings")
        return [
            Given(self._subject, self._validator, item, f"{self._at}.{key}[{number}]")
            for number, item in enumerate(value)
        ]

    def base_file(self, key: str) -> tuple[str, bytes]:
        """Path and content of a file of the base commit. Raises InputError where that has none of the name."""
        path = tidy(self.text(key))
        found = content(self._subject.base / path) if path in files_of(self._subject.base) else None
        if found is None:
            raise self.fault(
                key, f"no file {path!r} in the base commit", hint="commit it first: what decides comes from there"
            )
        return path, found

    def base_folder(self, key: str) -> Path:
        """A folder of the base commit."""
        path = tidy(self.text(key))
        if not any(file.startswith(path + "/") for file in files_of(self._subject.base)):
            raise self.fault(
                key, f"no folder {path!r} in the base commit", hint="commit it first: what decides comes from there"
            )
        return self._subject.base / path

    def work_files(self, key: str = "files") -> list[str]:
        """Files of the agent's tree that the globs meet. Raises InputError where no glob is given."""
        globs = [tidy(glob) for glob in self.texts(key)]
        if not globs:
            raise self.fault(key, "is missing")
        return [path for path in sorted(files_of(self._subject.work)) if any(covers(glob, path) for glob in globs)]

    def missing_files(self, key: str = "files") -> list[str]:
        """Of the plain paths given, those that the agent's tree doesn't have."""
        plain = [tidy(path) for path in self.texts(key) if not set(path) & set("*?[")]
        return [path for path in plain if not self._subject.has(path) and not (self._subject.work / path).is_dir()]
