"""Draws what a run has learnt; see --help."""

from pathlib import Path

from absl import flags

from common import cli

USAGE = """python eval.py [--name RUN[,RUN]] [--step latest|all|N]
       python eval.py --name RUN --input DIR --output DIR [--direction AtoB]"""

FLAGS = flags.FLAGS
flags.DEFINE_string("name", None, "the run, or several: a,b (default: the newest)")
flags.DEFINE_string("step", "all", "which checkpoints: latest, all or a number")
flags.DEFINE_integer("sample_size", 16, "images in a grid or rows of a sheet", 1, 1024)
flags.DEFINE_enum(
    "interpolation", "spherical", ["spherical", "linear"], "of the walks through z"
)
flags.DEFINE_integer("frames", 60, "frames of latent.gif and codes/*.gif", 1, 1000)
flags.DEFINE_bool(
    "ema", False, "draw with the generator's moving average, into ASSETS_DIR/NAME/ema/"
)
flags.DEFINE_string("input", None, "a folder of images to translate into --output")
flags.DEFINE_string("output", None, "the folder that translated images go to")
flags.DEFINE_string("direction", None, "of --input: AtoB or BtoA (default: the first)")
flags.DEFINE_string(
    "arithmetic",
    None,
    'add up latents: "WORDS - WORDS + WORDS" of the dataset\'s names',
)
flags.DEFINE_bool("neighbours", False, "the training images nearest to samples")
flags.DEFINE_string("extractor", None, "of metrics: inception, classifier or random")
flags.DEFINE_integer("eval_samples", None, "images for metrics (default: at most 5000)")
flags.DEFINE_string("inception", None, "the file of inception's weights")
flags.DEFINE_string("export", None, "a folder for the generator and its model card")
flags.DEFINE_string("data_dir", "data", "where the real images and points are")
flags.DEFINE_string("summary_dir", "summary", "where the runs are")
flags.DEFINE_string("assets_dir", "assets", "where the pictures go")


def main(arguments: list[str]) -> None:
    """Draws the run or runs that --name chooses."""
    with cli.quiet():
        from evaluation import (  # TensorFlow: not for --help
            drawing,
            eval_command,
            questions,
        )

    options = drawing.Options(
        step=FLAGS.step,
        sample_size=FLAGS.sample_size,
        interpolation=FLAGS.interpolation,
        frames=FLAGS.frames,
        ema=FLAGS.ema,
        data_dir=Path(FLAGS.data_dir),
        input=Path(FLAGS.input) if FLAGS.input else None,
        output=Path(FLAGS.output) if FLAGS.output else None,
        direction=FLAGS.direction or "",
    )
    places = Path(FLAGS.summary_dir), Path(FLAGS.assets_dir)
    export = Path(FLAGS.export) if FLAGS.export else None
    asked = questions.Questions(FLAGS.arithmetic, FLAGS.neighbours, export)
    metrics = {key: FLAGS[key].value for key in eval_command.METRICS}
    eval_command.run(arguments, FLAGS.name or "", *places, options, asked, metrics)


if __name__ == "__main__":
    cli.run(main, USAGE)
