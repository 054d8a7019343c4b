"""An independent judge of scores: scikit-learn's metrics of the same predictions.

Reads a list of problems (JSON) from standard input and writes a list of answers. A double survives the way there and
back: both sides write the shortest decimal that reads as the same bits. What scikit-learn has no function for, the
Brier score of several classes, is written from its definition.
"""

import json
import sys

import numpy as np
from sklearn import metrics
from sklearn.calibration import calibration_curve


def classification(problem):
    z, y, w = np.array(problem["scores"]), np.array(problem["labels"]), np.array(problem["weights"])
    n, k = z.shape
    classes = np.arange(k)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    predicted = z.argmax(axis=1)
    each = metrics.precision_recall_fscore_support(y, predicted, labels=classes, sample_weight=w, zero_division=0)
    macro = metrics.precision_recall_fscore_support(y, predicted, average="macro", sample_weight=w, zero_division=0)
    mean = metrics.precision_recall_fscore_support(y, predicted, average="weighted", sample_weight=w, zero_division=0)
    right = np.eye(k)[y]
    answer = {
        "accuracy": [metrics.accuracy_score(y, predicted, sample_weight=w)],
        "logLoss": [metrics.log_loss(y, p, labels=classes, sample_weight=w)],
        "confusion": metrics.confusion_matrix(y, predicted, labels=classes, sample_weight=w).ravel(),
        "precision": each[0],
        "recall": each[1],
        "f1": each[2],
        "support": each[3],
        "macro": macro[:3],
        "weighted": mean[:3],
        "brier": [np.average(((p - right) ** 2).sum(axis=1) / 2, weights=w)],
    }
    # Of equal scores scikit-learn puts the higher class first, and we the lower.
    if not problem["ties"] and k > 2:
        answer["top2"] = [metrics.top_k_accuracy_score(y, z, k=2, labels=classes, sample_weight=w)]
    if k == 2 and len(set(y)) == 2:
        answer["rocAuc"] = [metrics.roc_auc_score(y, z[:, 1] - z[:, 0], sample_weight=w)]
        answer["brierOfTwo"] = [metrics.brier_score_loss(y, p[:, 1], sample_weight=w)]
        came, said = calibration_curve(y, p[:, 1], n_bins=10)
        answer["said"], answer["came"] = said, came
    return answer


def regression(problem):
    a, y, w = np.array(problem["predictions"]), np.array(problem["targets"]), np.array(problem["weights"])
    each = {"multioutput": "raw_values", "sample_weight": w}
    return {
        "r2": metrics.r2_score(y, a, **each),
        "mse": metrics.mean_squared_error(y, a, **each),
        "mae": metrics.mean_absolute_error(y, a, **each),
        "all": [
            metrics.r2_score(y, a, sample_weight=w),
            metrics.mean_squared_error(y, a, sample_weight=w),
            metrics.mean_absolute_error(y, a, sample_weight=w),
        ],
    }


KINDS = {"classification": classification, "regression": regression}

if __name__ == "__main__":
    answers = [KINDS[problem["kind"]](problem) for problem in json.load(sys.stdin)]
    json.dump([{name: [float(v) for v in values] for name, values in answer.items()} for answer in answers], sys.stdout)
