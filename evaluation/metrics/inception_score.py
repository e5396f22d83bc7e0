"""The Inception Score, and how evenly images are spread over classes."""

import itertools

import numpy as np
import scipy.special


def inception_score(
    logits: np.ndarray, splits: int = 10, seed: int = 2020
) -> tuple[float, float]:
    """Returns exp(mean KL(p(y|x) || p(y))), its mean and deviation over the splits.

    Salimans et al., 2016, arXiv:1606.03498. From 1 to the number of classes. The splits
    are random, as torch-fidelity draws them: images may come in the order of classes.

    Args:
        logits: [n, classes], of n images.
        splits: number of parts that the images are divided into.
        seed: of their random order.
    """
    order = np.random.RandomState(seed).permutation(len(logits))
    bounds = [split * len(logits) // splits for split in range(splits + 1)]
    scores = [
        split_score(logits[order[start:stop]])
        for start, stop in itertools.pairwise(bounds)
    ]
    return float(np.mean(scores)), float(np.std(scores))


def split_score(logits: np.ndarray) -> float:
    """Returns the score of one split, from its logits [n, classes]."""
    log_p = scipy.special.log_softmax(logits.astype(np.float64), axis=1)
    log_marginal = scipy.special.logsumexp(log_p, axis=0) - np.log(len(log_p))
    divergences = (np.exp(log_p) * (log_p - log_marginal)).sum(axis=1)
    return float(np.exp(divergences.mean()))


def class_counts(logits: np.ndarray) -> np.ndarray:
    """Returns the number of images in each class by logits [n, classes]: [classes]."""
    return np.bincount(logits.argmax(axis=1), minlength=logits.shape[1])


def class_kl(counts: np.ndarray) -> float:
    """Returns KL(classes || uniform) in nats, from the images' number in each class.

    0 for even counts, log(classes) where all images are of one class.
    """
    shares = counts / counts.sum()
    return float(scipy.special.rel_entr(shares, 1 / len(counts)).sum())
