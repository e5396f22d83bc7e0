"""What trials begin with, made once: datasets, runs, measurements, studies."""

from __future__ import annotations

import fcntl
import pathlib
import shlex
import shutil
from collections.abc import Callable

import raw_sources
from trials import Place

TRANSLATORS = ("pix2pix", "cyclegan")
LATENT = (
    "gan", "dcgan", "lsgan", "wgan", "wgan-gp", "dragan", "ebgan", "began", "began-cs",
    "coulomb", "vae", "cgan", "acgan", "infogan",
)  # fmt: skip
MODELS = (*LATENT, *TRANSLATORS)
STEPS, LONGER = 12, 16
SMALL = (
    "--batch_size=8", "--ckpt_step=3", "--log_step=2", "--sample_step=5",
    "--set=g_width=0.05", "--set=d_width=0.05",
)  # fmt: skip
MEASURE = ("--eval_samples=140", "--sample_size=2", "--frames=2")
STUDY = (
    "--name=study", "--model=gan,wgan", "--seeds=1", "--dataset=digits", "--steps=6",
    "--eval_samples=140", *SMALL[:1], "--ckpt_step=3", *SMALL[2:],
)  # fmt: skip


def train(model: str, steps: int = STEPS, name: str = "run") -> list[str]:
    """Returns the flags that train a model, on digits or on pairs."""
    dataset = "pairs" if model in TRANSLATORS else "digits"
    return [
        f"--model={model}", f"--dataset={dataset}", f"--name={name}",
        f"--steps={steps}", *SMALL,
    ]  # fmt: skip


class Workshop:
    """Makes what trials begin with, each thing once, whichever process asks first."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder

    def get(self, name: str) -> pathlib.Path:
        """Returns a folder with data/, summary/ and so on; it is not to be changed."""
        return self._made(name) / "place"

    def seconds(self, name: str) -> float:
        """Returns how long its last command took."""
        return float((self._made(name) / "seconds").read_text())

    def _made(self, name: str) -> pathlib.Path:
        """Makes a thing if need be; returns the folder of its place."""
        folder = self.folder / name.replace(" ", "-")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "seconds").exists():
                self._make(name, folder)
        return folder

    def _make(self, name: str, folder: pathlib.Path) -> None:
        """Makes a thing: the first word of its name is a key of MAKERS."""
        shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
        place = Place(folder)
        maker, _, what = name.partition(" ")
        MAKERS[maker](self, place, *filter(None, [what]))
        seconds = place.results[-1].seconds if place.results else 0.0
        (folder / "seconds").write_text(str(seconds))


def source(workshop: Workshop, place: Place, form: str) -> None:
    """Makes the raw files of a dataset in source/."""
    raw_sources.FORMS[form].make(place.root / "source")


def digits(workshop: Workshop, place: Place) -> None:
    """Converts the digits to 28 pixels."""
    place.succeed("download.py", "digits")
    place.succeed("convert.py", "digits", "--image_size=28")


def pairs(workshop: Workshop, place: Place) -> None:
    """Converts pairs of 32 pixels, some of them held out."""
    place.take(workshop.get("source pairs"))
    place.succeed("download.py", "paired", "pairs", "--source=source")
    place.succeed("convert.py", "pairs", "--image_size=32")


def ring8(workshop: Workshop, place: Place) -> None:
    """Converts points."""
    place.succeed("download.py", "ring8")
    place.succeed("convert.py", "ring8")


def data_of(workshop: Workshop, model: str) -> pathlib.Path:
    """Returns the dataset that a model is trained on."""
    return workshop.get("pairs" if model in TRANSLATORS else "digits")


def run(workshop: Workshop, place: Place, model: str) -> None:
    """Trains a model without a stop."""
    place.take(data_of(workshop, model), "data")
    place.succeed("train.py", *train(model))


def longer(workshop: Workshop, place: Place, model: str) -> None:
    """Trains a model for some more steps, without a stop."""
    place.take(data_of(workshop, model), "data")
    place.succeed("train.py", *train(model, LONGER))


def measured(workshop: Workshop, place: Place, model: str) -> None:
    """Draws and measures a run."""
    place.take(workshop.get(f"run {model}"))
    place.succeed("eval.py", "--name=run", *MEASURE)


def study(workshop: Workshop, place: Place) -> None:
    """Trains a study."""
    place.take(workshop.get("digits"), "data")
    place.succeed("train.py", *STUDY)


def downloaded(workshop: Workshop, place: Place, form: str) -> None:
    """Downloads from source/."""
    described = raw_sources.FORMS[form]
    place.take(workshop.get(f"source {form}"))
    source = f"--source={described.source}"
    place.succeed("download.py", *described.download, source)


def converted(workshop: Workshop, place: Place, form: str) -> None:
    """Downloads from source/ and converts."""
    place.take(workshop.get(f"downloaded {form}"))
    place.succeed("convert.py", raw_sources.FORMS[form].name)


def evaluated(workshop: Workshop, place: Place, flags: str) -> None:
    """Calls eval.py on the run of a GAN."""
    place.take(workshop.get("run gan"))
    place.succeed("eval.py", "--name=run", *shlex.split(flags))


def study_measured(workshop: Workshop, place: Place) -> None:
    """Draws and measures a study."""
    place.take(workshop.get("study"))
    place.succeed("eval.py", "--name=study")


MAKERS: dict[str, Callable[..., None]] = {
    "source": source,
    "digits": digits,
    "pairs": pairs,
    "ring8": ring8,
    "run": run,
    "longer": longer,
    "measured": measured,
    "downloaded": downloaded,
    "converted": converted,
    "evaluated": evaluated,
    "study": study,
    "study_measured": study_measured,
}
