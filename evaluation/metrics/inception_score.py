"""What a classifier's logits say of images by themselves."""

import itertools

import numpy as np
import scipy.special


def inception_score(
    logits: np.ndarray, splits: int = 10, seed: int = 2020
) -> tuple[float, float]:
    """exp(mean KL(p(y|x) || p(y))) of logits [n, classes]: mean and deviation of parts.

    Salimans et al., 2016, arXiv:1606.03498. From 1 to the number of classes. The parts
    are random, as torch-fidelity draws them: images may come in the order of classes.
    """
    order = np.random.RandomState(seed).permutation(len(logits))
    bounds = [part * len(logits) // splits for part in range(splits + 1)]
    scores = [
        score(logits[order[start:stop]]) for start, stop in itertools.pairwise(bounds)
    ]
    return float(np.mean(scores)), float(np.std(scores))


def score(logits: np.ndarray) -> float:
    """The inception score of one part, [n, classes]."""
    log_p = scipy.special.log_softmax(logits.astype(np.float64), axis=1)
    log_marginal = scipy.special.logsumexp(log_p, axis=0) - np.log(len(log_p))
    divergences = (np.exp(log_p) * (log_p - log_marginal)).sum(axis=1)
    return float(np.exp(divergences.mean()))


def counts(logits: np.ndarray) -> np.ndarray:
    """How many of logits [n, classes] are largest in each class: int [classes]."""
    return np.bincount(logits.argmax(axis=1), minlength=logits.shape[1])


def divergence(counts: np.ndarray) -> float:
    """KL(classes || uniform) in nats: 0 for even counts, log(classes) for one class."""
    shares = counts / counts.sum()
    return float(scipy.special.rel_entr(shares, 1 / len(counts)).sum())
