"""What TensorBoard itself answers about a run, whichever folder it is given."""

import json
import time
import urllib.request

import pytest
from tensorboard import program

from training import runs
from training.monitoring import board

# Of the HTML library in TensorBoard.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
CONFIG = {
    "model": "gan",
    "config": {"g_lr": 0.1, "accumulator": 1},
    "watch": {"log_step": 5},
}


class Server:
    """A TensorBoard of a folder, asked over HTTP."""

    def __init__(self, folder):
        server = program.TensorBoard()
        server.configure(
            argv=["", f"--logdir={folder}", "--port=0", "--load_fast=false"]
        )
        self.url = server.launch()

    def get(self, path, body=None):
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(
            f"{self.url}data/{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def wait_for(self, ready):
        last = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < last, "TensorBoard does not show the run"
            time.sleep(0.1)

    def hparams(self, what):
        states = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_RUNNING"]
        asked = {"sliceSize": 9, "colParams": [], "allowedStatuses": states}
        body = asked if what == "session_groups" else {"hparamsLimit": 1000}
        return self.get(f"plugin/hparams/{what}", body)


@pytest.fixture(scope="module", params=["run", "all runs"])
def served(request, whole):
    """A server of a run's folder, or of the folder above; the run's name in it."""
    above = request.param == "all runs"
    server = Server(whole.parent if above else whole)
    name = "whole/ebgan" if above else "ebgan"
    server.wait_for(lambda: name in server.get("runs"))
    server.wait_for(lambda: server.hparams("session_groups").get("sessionGroups"))
    return server, name


def test_hparams_has_the_last_values_under_the_name_of_the_run(served, whole):
    server, name = served
    groups = server.hparams("session_groups")["sessionGroups"]
    (own,) = (group for group in groups if group["name"] == name)
    values = {m["name"]["tag"]: m["value"] for m in own["metricValues"]}
    lines = runs.open(whole).metrics()
    last = [line for line in lines if "d_loss" in line][-1]
    assert values["loss/d_loss"] == pytest.approx(last["d_loss"])
    assert {tag.partition("/")[0] for tag in values} == {
        "loss", "D", "penalty", "speed", "watch",
    }  # fmt: skip


def test_hparams_shows_first_what_differs_from_the_defaults(whole):
    server = Server(whole)
    server.wait_for(lambda: server.hparams("experiment").get("hparamInfos"))
    infos = server.hparams("experiment")["hparamInfos"]
    chosen = [info["name"] for info in infos][:9]
    assert chosen[:3] == ["--batch_size", "--set critic_burst", "--set d_width"]
    assert chosen[-2:] == ["--set n_critic", "accumulator"]


@pytest.mark.parametrize(
    ("names", "group"),
    [
        ("d_loss d_loss_real g_loss loss kl l1 g_gan class_real q_c1", "loss"),
        ("d_real d_fake w_dist balance m k", "D"),
        ("gp pt pt_loss constraint", "penalty"),
        ("d_lr g_lr lr", "rates"),
        ("images_per_second data_wait", "speed"),
    ],
)
def test_scalars_have_few_groups(names, group):
    assert {board.group(name) for name in names.split()} == {group}


def test_an_option_that_was_chosen_keeps_its_plain_name_too():
    options = board.hyper_parameters(CONFIG, {"--set g_lr": 0.1})
    assert sorted(options) == ["--set g_lr", "accumulator", "g_lr", "model"]
    assert options["--set g_lr"] == options["g_lr"] == 0.1


def test_event_files_of_an_older_run_move_to_the_folder_with_a_name(tmp_path):
    run = runs.Run(tmp_path, "a")
    run.directory.mkdir()
    (run.directory / "events.out.tfevents.1.v2").write_text("old")
    board.bring_files(run, "gan")
    assert not list(run.directory.glob("events*"))
    (moved,) = board.folder(run, "gan").iterdir()
    assert moved.read_text() == "old"
