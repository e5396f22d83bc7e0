"""A fake run with a folder of its own, which can be measured and reported."""

import dataclasses
import pathlib
import types

from fake_run import FakeModel, FakeRun


class MeasuredModel(FakeModel):
    """A FakeModel with what is asked of a model that is measured."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.parameters, self.config = {"generator": 3}, types.SimpleNamespace()
        self.sampler = types.SimpleNamespace(layers=[])

    def batches_before(self, step):
        return step


@dataclasses.dataclass
class SavedRun(FakeRun):
    """Its checkpoints are folders; `loaded` and `built` say what was asked of it."""

    directory: pathlib.Path = pathlib.Path()
    kind: type = MeasuredModel

    def __post_init__(self):
        self.config = {"model": "gan", "config": {}} | self.config
        super().__post_init__()
        self.loaded, self.built = [], 0
        self.checkpoint_directory = self.directory / "checkpoints"
        self.config_file = self.directory / "config.json"
        self.directory.mkdir(parents=True, exist_ok=True)
        self.config_file.touch()
        for step in self.steps:
            self.save(step)

    def save(self, step, content="weights"):
        folder = self.checkpoint_directory / f"{step:08d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "state.index").write_text(f"{content} {step}")

    def marks(self):
        return []

    def fresh_model(self, averaged=False):
        self.built += 1
        return super().fresh_model(averaged)

    def restore_networks(self, model, step):
        self.loaded.append(step)
        super().restore_networks(model, step)
