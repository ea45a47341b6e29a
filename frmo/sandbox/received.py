"""What a program said: its output within its cap, and the lines in it."""

from frmo.sandbox.program import Limits


class Received:
    """What a program said, within its cap. A line that grows beyond `line_bytes` breaks the cap too."""

    def __init__(self, limits: Limits, lines: bool) -> None:
        self.out, self.err = bytearray(), bytearray()
        self._left = limits.output_bytes
        self._line = limits.line_bytes if lines else limits.output_bytes
        self._scanned = 0

    def add(self, data: bytes, *, error: bool) -> bool:
        """Keep what fits; False when something did not."""
        kept = data[: self._left]
        self._left -= len(kept)
        (self.err if error else self.out).extend(kept)
        return len(kept) == len(data) and (error or self.has_line or len(self.out) <= self._line)

    def forget(self, count: int) -> None:
        """Drop all that was said so far, and count `count` bytes of it for nothing."""
        self.out.clear()
        self._left += count

    @property
    def has_line(self) -> bool:
        """True when a whole line waits."""
        return self.out.find(b"\n", self._scanned) >= 0

    def line(self) -> bytes | None:
        """Take the first whole line."""
        end = self.out.find(b"\n", self._scanned)
        if end < 0:
            self._scanned = len(self.out)
            return None
        line = bytes(self.out[:end])
        del self.out[: end + 1]
        self._scanned = 0
        return line
