"""Draws what a run has learnt; see --help."""

import sys

from absl import flags

from common import cli

USAGE = """python eval.py [--name RUN[,RUN]] [--step latest|all|N]
       python eval.py --name RUN --input DIR --output DIR [--direction AtoB]"""

FLAGS = flags.FLAGS
flags.DEFINE_string("name", None, "the run, or several: a,b (default: the newest)")
flags.DEFINE_string("step", "all", "which checkpoints: latest, all or a number")
flags.DEFINE_integer("sample_size", 64, "images in a grid of samples", 1, 1024)
flags.DEFINE_bool("real_row", False, "a row of real images above samples")
flags.DEFINE_integer("scale", 1, "enlarge samples by a whole factor", 1, 16)
flags.DEFINE_enum(
    "interpolation", "spherical", ["spherical", "linear"], "of the walks through z"
)
flags.DEFINE_integer("frames", 60, "frames of latent.gif and codes/*.gif", 1, 1000)
flags.DEFINE_bool(
    "ema", False, "draw with the generator's moving average, into ASSETS_DIR/NAME/ema/"
)
flags.DEFINE_enum(
    "statistics",
    None,
    ["moving", "batch", "standing"],
    "what batch norm works on (default: the model's own), into ASSETS_DIR/NAME/VALUE/",
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
    what = FLAGS.name or f"the newest run in {FLAGS.summary_dir}"
    print(f"eval.py: {what}; TensorFlow starts", file=sys.stderr)
    with cli.quiet():
        from evaluation import eval_command, eval_options  # TensorFlow: not for --help
        from training import devices

        devices.find()

    own = FLAGS.get_flags_for_module(__name__)
    options = eval_options.EvalOptions.of({flag.name: flag.value for flag in own})
    eval_command.run(arguments, options)


if __name__ == "__main__":
    cli.run(main, USAGE)
