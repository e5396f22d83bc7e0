"""Files of weights are read without PyTorch, and run nothing."""

import collections
import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from common.errors import UserError
from evaluation.features import torch_weights


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def zipped(pickled, **numbers):
    """A .pth of these pickle and storages."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        for key, content in numbers.items():
            archive.writestr(f"archive/data/{key}", content)
    return file.getvalue()


def legacy(pickled):
    """A legacy .pth of this pickle and no storage."""
    return b"".join(map(pickle.dumps, (1, 2, {}))) + pickled + pickle.dumps([])


@pytest.fixture(params=[True, False], ids=["zip", "legacy"])
def saved(request, torch):
    """Writes a .pth as PyTorch does."""

    def save(state):
        file = io.BytesIO()
        torch.save(state, file, _use_new_zipfile_serialization=request.param)
        return file.getvalue()

    return save


def test_what_pytorch_saves_is_read(saved, torch):
    state = collections.OrderedDict(
        {"conv.weight": torch.arange(24.0).reshape(2, 3, 4), "n": torch.tensor(7)}
    )
    state._metadata = {"": {"version": 1}}
    found = torch_weights.read(saved(state), "x.pth")
    assert list(found) == ["conv.weight", "n"]
    expected = np.arange(24, dtype="float32").reshape(2, 3, 4)
    np.testing.assert_array_equal(found["conv.weight"], expected, strict=True)
    assert found["n"] == 7


def test_views_of_one_storage_are_read(saved, torch):
    numbers = torch.arange(6.0)
    found = torch_weights.read(
        saved({"end": numbers[4:], "turned": numbers.reshape(2, 3).T}), "x.pth"
    )
    assert found["end"].tolist() == [4, 5]
    assert found["turned"].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_a_module_is_written_and_read(saved, torch):
    layer = torch.nn.Linear(3, 2)
    found = torch_weights.read(saved(layer.state_dict()), "x.pth")
    np.testing.assert_array_equal(found["weight"], layer.weight.detach().numpy())


@pytest.mark.parametrize("form", [zipped, legacy])
def test_a_pickle_that_would_run_something_is_refused(form, tmp_path):
    evil = form(pickle.dumps({"weight": Malicious(tmp_path / "ran")}))
    with pytest.raises(UserError, match=r"x.pth .*asks for posix.system"):
        torch_weights.read(evil, "x.pth")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("offset", "shape", "strides"), [(3, (2,), (1,)), (0, (2,), (4,)), (1, (2,), (-2,))]
)
def test_a_view_that_leaves_its_storage_is_refused(offset, shape, strides):
    with pytest.raises((ValueError, TypeError)):
        torch_weights.tensor(np.zeros(4, "float32"), offset, shape, strides)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>not found</html>",
        b"PK\x03\x04 cut short",
        zipped(b""),
        zipped(pickle.dumps({"weight": "no array"})),
        zipped(pickle.dumps(["no", "names"])),
        legacy(b"."),
    ],
)
def test_anything_else_is_one_line(content):
    with pytest.raises(UserError, match=r"\Ax.pth is no file of PyTorch weights.*\Z"):
        torch_weights.read(content, "x.pth")


def test_a_file_that_is_cut_short_is_refused(saved, torch):
    content = saved({"weight": torch.ones(1000)})
    with pytest.raises(UserError, match="damaged"):
        torch_weights.read(content[:-1000], "x.pth")
