"""Brings a dataset's files to data/NAME/raw, from the network or from --source."""

from pathlib import Path

from absl import flags

from common import cli

USAGE = """python download.py NAME [--source PATH]
       python download.py folder NAME --source PATH
       python download.py paired NAME --source PATH | DIR_A,DIR_B
       python download.py unpaired NAME --source PATH | DIR_A,DIR_B

NAME is one of digits, mnist, fashion_mnist, cifar10, cifar100, celeba, lsun/CATEGORY
(such as lsun/bedroom); of the paired facades, edges2shoes, edges2handbags, maps,
cityscapes; of the unpaired horse2zebra, apple2orange, summer2winter, monet2photo,
cezanne2photo, ukiyoe2photo, vangogh2photo, iphone2dslr_flower; ring8, grid25 and
stacked_mnist, which are made here; simpsons, pokemon, emnist-letters and its like,
which need --source. With --source the files come from a local archive or folder instead
of the network.

Your own images become a dataset NAME by `folder` (subfolders become labels), `paired`
(two images side by side in each file, in folders train, val, test or in one) or
`unpaired` (folders trainA, trainB and perhaps testA, testB). Paired ones may also lie
in trainA and trainB, and both kinds in two folders of any name, under equal names if
they are pairs. A PATH is a folder, a zip or a tar, also gz, bz2 or xz. --labels takes
a table of labels for `folder`."""

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "source", None, "local archive or folder to take; two folders of pairs or domains"
)
flags.DEFINE_string(
    "labels",
    "",
    "csv or json of file names and labels or attributes; `none` for no labels, "
    "`folders` for those of the first folders, whatever they are",
)
flags.DEFINE_bool("renew", False, "replace what was taken already")
flags.DEFINE_string("data_dir", "data", "directory of all datasets")


def main(arguments: list[str]) -> None:
    """Downloads one dataset."""
    from datasets.download import fetch

    options = fetch.DownloadOptions(FLAGS.source, FLAGS.labels, FLAGS.renew)
    fetch.run_with(arguments, options, Path(FLAGS.data_dir))


if __name__ == "__main__":
    cli.run(main, USAGE)
