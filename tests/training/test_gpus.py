"""Which GPUs a process sees, with NVML made up: there is none here."""

import os
import subprocess
import sys

import pytest
from fake_nvml import FOUR, GIB, Card, FakeNvml, uuid

from common.errors import UserError
from training import gpus


@pytest.fixture
def machine(monkeypatch):
    """Makes this a machine with these GPUs, seen as CUDA_VISIBLE_DEVICES says."""

    def make(cards=FOUR, visible=None, broken=None):
        monkeypatch.setattr(gpus, "nvml", lambda: FakeNvml(cards, broken))
        monkeypatch.setenv(gpus.VISIBLE, visible or "")
        if visible is None:
            monkeypatch.delenv(gpus.VISIBLE)

    make()
    return make


def taken(**flags):
    """What CUDA_VISIBLE_DEVICES is with these flags."""
    gpus.take({"model": "gan"} | flags)
    return os.environ.get(gpus.VISIBLE)


def named(*numbers):
    return ",".join(map(uuid, numbers))


@pytest.mark.parametrize(
    ("flags", "numbers"),
    [
        ({}, [3]),
        ({"gpus": "auto"}, [3]),
        ({"gpus": "all"}, [0, 1, 2, 3]),
        ({"gpus": "0"}, [0]),
        ({"gpus": "3"}, [3]),
        ({"gpus": "2,0"}, [2, 0]),
        ({"gpus": " 1, 1"}, [1]),
        ({"gpus": "none"}, []),
        ({"strategy": "mirrored"}, [0, 1, 2, 3]),
        ({"strategy": "multiworker"}, [0, 1, 2, 3]),
        ({"strategy": "mirrored", "gpus": "0,1"}, [0, 1]),
        ({"strategy": "one"}, [3]),
    ],
)
@pytest.mark.usefixtures("machine")
def test_the_flag_says_which_are_seen(flags, numbers):
    assert taken(**flags) == named(*numbers)


@pytest.mark.parametrize(
    ("flags", "numbers"),
    [({}, [0, 1, 2, 3]), ({"gpus": "auto"}, [0, 1, 2, 3]), ({"gpus": "0,2"}, [0, 2])],
)
@pytest.mark.usefixtures("machine")
def test_a_study_sees_all_that_its_runs_share(flags, numbers):
    assert taken(seeds=2, **flags) == named(*numbers)


def test_the_freest_come_first():
    order = [
        gpus.Gpu(k, "", "", card.free, card.load, card.processes)
        for k, card in enumerate(FOUR)
    ]
    assert [gpu.index for gpu in gpus.ranked(order)] == [3, 2, 0, 1]


@pytest.mark.parametrize(
    ("cards", "first"),
    [
        ([Card(0, 10 * GIB), Card(1, 20 * GIB, load=99)], 1),
        ([Card(0, 19 * GIB, load=9), Card(1, 20 * GIB, load=10)], 0),
        ([Card(0, 20 * GIB, processes=1), Card(1, 19 * GIB)], 1),
        ([Card(0, 19 * GIB), Card(1, 20 * GIB)], 0),
    ],
)
def test_memory_counts_before_load_and_load_before_processes(machine, cards, first):
    machine(cards)
    assert taken() == named(first)


@pytest.mark.parametrize(
    ("visible", "seen"),
    [
        ("2,0", [2, 0]),
        (f"{uuid(1)}", [1]),
        ("GPU-3", [3]),
        ("1,9,0", [1]),  # as CUDA reads it
        ("-1", []),
        ("", []),
        ("MIG-8a", []),
    ],
)
def test_cuda_visible_devices_says_among_which(machine, visible, seen):
    machine(visible=visible)
    assert [gpu.index for gpu in gpus.visible()] == seen
    gpus.take({"gpus": "all"})
    assert os.environ[gpus.VISIBLE] == (named(*seen) if seen else visible)


def test_what_was_taken_is_what_is_visible(machine):
    machine(visible="0,1")
    assert taken() == named(0)
    assert [gpu.index for gpu in gpus.visible()] == [0]


@pytest.mark.parametrize("text", ["4", "-1", "0,4", "two", "", "0,", "0;1", "0.5"])
@pytest.mark.usefixtures("machine")
def test_a_wrong_number_names_those_that_there_are(text):
    with pytest.raises(UserError, match=rf"--gpus '{text}' is wrong.*here: ") as error:
        taken(gpus=text)
    there = "0 (NVIDIA A100), 1 (NVIDIA A100), 2 (NVIDIA A100), 3 (NVIDIA A100)"
    assert str(error.value).endswith(there)
    assert gpus.VISIBLE not in os.environ


def test_a_hidden_gpu_cannot_be_chosen(machine):
    machine(visible="2,3")
    message = r"CUDA_VISIBLE_DEVICES=2,3: 2 \(NVIDIA A100\), 3 \("
    with pytest.raises(UserError, match=message):
        taken(gpus="0")


def test_what_a_gpu_cannot_be_asked_counts_as_nothing(machine):
    machine([Card(0, GIB, lacks=("load", "processes")), Card(1, GIB, lacks="memory")])
    first, second = gpus.present()
    assert (first.free, first.load, first.processes) == (GIB, 0, 0)
    assert second.free == 0


def test_a_gpu_that_is_not_permitted_has_no_number(machine):
    machine([Card(0, GIB, lacks=("handle",)), Card(7, GIB)])
    assert taken(gpus="0") == named(7)


@pytest.mark.parametrize("text", ["auto", "all"])
def test_a_driver_that_does_not_answer_leaves_the_choice_to_tensorflow(machine, text):
    machine(broken="Driver/library version mismatch")
    assert taken(gpus=text) is None
    with pytest.raises(UserError, match="of the GPUs here: none"):
        taken(gpus="0")


def test_without_a_driver_nothing_is_imported():
    program = (
        "import sys; from training import gpus; gpus.LIBRARY = 'libno-such.so.1'\n"
        "gpus.take({}); assert gpus.present() == []\n"
        "assert not {'pynvml', 'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_module_has_what_is_asked():
    import pynvml

    ours = {name for name in dir(FakeNvml) if name.lower().startswith("nvml")}
    assert ours <= set(dir(pynvml))
