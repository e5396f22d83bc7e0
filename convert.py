"""Turns downloaded datasets into TFRecord shards: data/NAME/64px and the like."""

from pathlib import Path

from absl import flags

from common import cli

USAGE = """python convert.py [NAME ...] [flags]

Without a NAME it converts everything that is downloaded. A killed conversion continues
when the same command runs again."""

FLAGS = flags.FLAGS
flags.DEFINE_integer("image_size", None, "pixels per side")
flags.DEFINE_integer("channels", None, "3 of colour images (default), 1 of grey ones")
flags.DEFINE_string(
    "crop",
    None,
    "square (largest centre square), pad (the whole image on --pad_colour), squash "
    "(all of it, whatever its shape; also called none), center178, center160, "
    "center128, center108, offset128 (row 50, column 25), or N pixels about the centre",
)
flags.DEFINE_enum(
    "pad_colour",
    None,
    ["white", "edge"],
    "of --crop pad: white (default), or the median colour of the image's edge",
)
flags.DEFINE_enum(
    "resize",
    None,
    ["antialias", "legacy"],
    "antialias (default) averages; legacy is TensorFlow 1's bilinear, which does not",
)
flags.DEFINE_integer("seed", None, "of the order in the shards (default 0)")
flags.DEFINE_integer("workers", None, "processes (default: one per core)")
flags.DEFINE_bool("renew", False, "replace what is converted already")
flags.DEFINE_float(
    "bad_images", None, "share of images that may be unusable (default 0.01)"
)
flags.DEFINE_string("data_dir", "data", "directory of all datasets")


def main(arguments: list[str]) -> None:
    """Converts the named datasets."""
    from datasets.conversion import converter

    options = converter.ConversionOptions(
        image_size=FLAGS.image_size,
        crop=FLAGS.crop,
        resize=FLAGS.resize,
        seed=FLAGS.seed,
        workers=FLAGS.workers,
        renew=FLAGS.renew,
        bad_images=FLAGS.bad_images,
        pad_colour=FLAGS.pad_colour,
        channels=FLAGS.channels,
    )
    converter.run(arguments, Path(FLAGS.data_dir), options)


if __name__ == "__main__":
    cli.run(main, USAGE)
