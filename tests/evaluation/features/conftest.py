"""PyTorch, and torch-fidelity on top of it, as the trusted other side."""

import importlib
import os
import sys
import types

import pytest

# torch-fidelity imports torchvision for what is not used here, and torchvision has no
# build for a CPU alone: these stand in for it.
STAND_INS = {
    "torchvision": (),
    "torchvision.datasets": ("CIFAR10", "CIFAR100", "STL10"),
    "torchvision.transforms": (),
    "torchvision.transforms.functional": (),
}


def imported(name):
    """A module of requirements-dev.txt, without which no test passes under CI."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"{name} is not installed")


@pytest.fixture
def torch():
    return imported("torch")


@pytest.fixture
def theirs(torch, monkeypatch):
    """torch-fidelity's module with the original Inception."""
    for name, classes in STAND_INS.items():
        module = types.ModuleType(name)
        vars(module).update(dict.fromkeys(classes, object))
        monkeypatch.setitem(sys.modules, name, module)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
    return imported("torch_fidelity.feature_extractor_inceptionv3")
