"""The one family of exceptions. A failed task is data; an exception means the world or the input is broken."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one input: where, what, and how to mend it. `line` and `column` count from 1; 0: unknown."""

    path: str
    message: str
    line: int = 0
    column: int = 0
    hint: str = ""

    def __str__(self) -> str:
        """`path:line:column: message (hint)`."""
        where = self.path + (f":{self.line}:{self.column}" if self.line else "")
        return f"{where}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class FrmoError(Exception):
    """Base of every error frmo raises on purpose. `exit_code` is what the command ends with (DESIGN section 8)."""

    exit_code = 2


class UsageFault(FrmoError):
    """A command was asked for something that can't be done as asked."""


class InputError(FrmoError):
    """A file or value that a person wrote is not valid. Holds every fault, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class NotAWorkspace(FrmoError):
    """No git repository here, or one without `state/config.yaml`."""


class GitError(FrmoError):
    """git refused or the repository is damaged."""


class RefMoved(FrmoError):
    """A compare-and-swap lost: somebody else moved the ref first. The caller reads again and decides anew."""


class LeaseLost(RefMoved):
    """This worker no longer holds the lease of the task: whatever it was doing must be dropped."""


class SandboxUnavailable(FrmoError):
    """No usable sandbox: nothing that an agent wrote may run. The message names cause and fix."""


class ProviderUnavailable(FrmoError):
    """A model can't be reached or is not set up (no key, no weights, no extra installed)."""


class SwitchedOff(ProviderUnavailable):
    """A person's kill switch stops this kind of agent."""

    exit_code = 4


class BudgetExceeded(FrmoError):
    """A completion was not made because its reservation doesn't fit the budget. `scope`: task, run or day."""

    exit_code = 4

    def __init__(self, scope: str, message: str) -> None:
        self.scope = scope
        super().__init__(message)


class CompletionFailed(FrmoError):
    """A completion ended without a usable reply after all retries. `code` names the cause for the error record."""

    exit_code = 1

    def __init__(self, code: str, message: str, *, provider_fault: bool) -> None:
        self.code = code
        self.provider_fault = provider_fault
        super().__init__(message)


class Interrupted(FrmoError):
    """The person asked to stop."""

    exit_code = 130
