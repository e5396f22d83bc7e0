"""Trains one model; the same command resumes it where it stopped."""

import sys

from absl import flags

from common import cli
from training import recipes

USAGE = """python train.py --model MODEL [--dataset NAME] [--name RUN] [flags]
       python train.py --model MODEL,MODEL|all --name STUDY [--seeds N] [flags]

MODEL is one of gan, dcgan, lsgan, wgan, wgan-gp, dragan, ebgan, began, began-cs,
coulomb, vae, cgan, acgan, infogan; pix2pix of pairs, cyclegan of two domains. A dataset
is one that `python download.py --help` names, or your own; it is downloaded before.

Flags that are not given have the recipe's value, or else the default named below.
--list_recipes prints the published configurations, --list_options what --set takes."""

FLAGS = flags.FLAGS
flags.DEFINE_string("model", None, "which model, or for a study a,b,c or all")
flags.DEFINE_string("name", None, "the run (default: the model's or recipe's name)")
flags.DEFINE_string("dataset", None, "what to learn (default: celeba)")
flags.DEFINE_string("recipe", None, "a row of recipes.py; of a study also 'mnist-*'")
flags.DEFINE_bool("list_recipes", None, "print the recipes and stop")
flags.DEFINE_bool("list_options", None, "print what --set takes and stop")
flags.DEFINE_multi_string("set", None, "a hyper-parameter as name=value; repeatable")
flags.DEFINE_integer("image_size", None, "pixels (default: the dataset's)")
flags.DEFINE_float("num_epochs", None, "passes over the dataset (default: 20)")
flags.DEFINE_integer("steps", None, "generator updates, instead of --num_epochs")
flags.DEFINE_integer("batch_size", None, "images over all devices (default: 128)")
flags.DEFINE_integer("seed", None, "of weights, noise and data order (default: 0)")
flags.DEFINE_integer("seeds", None, "a study: each model under so many seeds")
flags.DEFINE_string("vary", None, "a study: an option's values, NAME=VALUE,VALUE")
flags.DEFINE_integer("jobs", None, "a study: so many runs side by side (default: 1)")
flags.DEFINE_integer("ckpt_step", None, "steps between checkpoints (default: for 20)")
flags.DEFINE_integer("log_step", None, "steps between logged lines (default: for 100)")
flags.DEFINE_integer("sample_step", None, "steps between pictures (default: for 20)")
flags.DEFINE_integer("steps_per_call", None, "most steps a call (default: 50)")
flags.DEFINE_integer("keep", None, "newest checkpoints to keep (default: 0, all)")
flags.DEFINE_integer("eval_every", None, "steps between FIDs and KIDs (default: none)")
flags.DEFINE_integer("eval_samples", None, "images for them (default: at most 5000)")
flags.DEFINE_integer("eval_seed", None, "of their latents (default: 0)")
flags.DEFINE_string(
    "extractor", None, "of their features: inception, classifier, random"
)
flags.DEFINE_string("statistics", None, "a study: of batch norm (default: own)")
flags.DEFINE_string("inception", None, "the file of inception's weights")
flags.DEFINE_string("precision", None, "float32 (default) or mixed_bfloat16")
flags.DEFINE_string("xla", None, "auto (default: on a GPU), on or off")
flags.DEFINE_string("strategy", None, "auto (default), one, mirrored or multiworker")
flags.DEFINE_bool("deterministic", None, "bit-equal on a GPU too (default: no)")
flags.DEFINE_bool("renew", False, "start over: remove what the run made before")
flags.DEFINE_string("data_dir", "data", "where datasets are")
flags.DEFINE_string("summary_dir", "summary", "where runs are")


def main(arguments: list[str]) -> None:
    """Trains the run that the flags describe."""
    if FLAGS.list_recipes:
        print(recipes.table())
        return
    what = FLAGS.recipe or FLAGS.model
    print(f"train.py: {what or 'nothing'}; TensorFlow starts", file=sys.stderr)
    with cli.quiet():
        from evaluation.measure import during_training  # TensorFlow: not for --help
        from training import devices, train_command

        devices.find()

    own = FLAGS.get_flags_for_module(__name__)
    given = {flag.name: flag.value for flag in own if flag.value is not None}
    train_command.run(arguments, given, during_training)


if __name__ == "__main__":
    cli.run(main, USAGE)
