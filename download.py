"""Brings a dataset's files to data/NAME/raw, from the network or from --source."""

from absl import flags

import cli

USAGE = """python download.py NAME [--source PATH]
       python download.py folder NAME --source PATH

NAME is one of digits, mnist, fashion_mnist, cifar10, celeba, lsun/CATEGORY (such as
lsun/bedroom); ring8, grid25 and stacked_mnist, which are made here; simpsons and
pokemon, which need --source. With --source the files come from a local archive or
folder instead of the network. `folder` makes a dataset NAME of your own images (a
folder or a zip); its subfolders become labels."""

SOURCE = flags.DEFINE_string("source", None, "local archive or folder to take")
DATA_DIR = flags.DEFINE_string("data_dir", "data", "directory of all datasets")


def main(arguments: list[str]) -> None:
    """Downloads one dataset."""
    from pathlib import Path

    from datasets import download

    download.run(arguments, SOURCE.value, Path(DATA_DIR.value))


if __name__ == "__main__":
    cli.run(main, USAGE)
