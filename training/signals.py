"""Turns SIGTERM and Ctrl-C into a flag that the loop checks between steps."""

import signal
from types import FrameType, TracebackType


class Interruption:
    """True once a SIGTERM or Ctrl-C has come while it is entered.

    The second signal does what it did before.
    """

    def __init__(self) -> None:
        self.requested = False

    def __bool__(self) -> bool:
        return self.requested

    def __enter__(self) -> "Interruption":
        self.before = {
            number: signal.signal(number, self.receive)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Sets the flag and hands further signals to their old handlers."""
        self.requested = True
        self.__exit__(None, None, None)
