"""Four GPUs, as NVML would describe them: a made-up module in place of pynvml."""

import types

GIB = 2**30


class NVMLError(Exception):
    """What NVML refuses."""


class Card(types.SimpleNamespace):
    """A GPU; `lacks` names what it cannot be asked for."""

    def __init__(self, number, free, load=0, processes=0, lacks=()):
        super().__init__(
            number=number, free=free, load=load, processes=processes, lacks=lacks
        )


# The first is busy, the second has most of its memory taken by another process; of the
# last two, the third is doing a little.
FOUR = (
    Card(0, 70 * GIB, load=97, processes=1),
    Card(1, 20 * GIB, processes=1),
    Card(2, 78 * GIB, load=3),
    Card(3, 77 * GIB),
)


def uuid(number):
    return f"GPU-{number}{number}aa-bb"


class FakeNvml:
    """The part of pynvml that the project calls."""

    NVMLError = NVMLError

    def __init__(self, cards=FOUR, broken=None):
        self.cards, self.broken = cards, broken

    def nvmlInit(self):
        if self.broken:
            raise NVMLError(self.broken)

    def nvmlDeviceGetCount(self):
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, number):
        return self.asked(self.cards[number], "handle")

    def nvmlDeviceGetUUID(self, card):
        return uuid(card.number)

    def nvmlDeviceGetName(self, card):
        return "NVIDIA A100"

    def nvmlDeviceGetMemoryInfo(self, card):
        return types.SimpleNamespace(free=self.asked(card, "memory").free)

    def nvmlDeviceGetUtilizationRates(self, card):
        return types.SimpleNamespace(gpu=self.asked(card, "load").load)

    def nvmlDeviceGetComputeRunningProcesses(self, card):
        return [object()] * self.asked(card, "processes").processes

    def asked(self, card, what):
        if what in card.lacks:
            raise NVMLError("Not Supported")
        return card
