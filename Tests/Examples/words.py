"""Packs the words of GloVe, looks some up, pools them, and finds those nearest to one:

    python words.py glove-10k.npy glove-10k.txt
"""
import pickle
import sys

import embstore
import numpy as np

vectors, words = sys.argv[1:]
with open(words, encoding="utf-8") as lines:
    names = [line.rstrip("\n") for line in lines]
report = embstore.pack(np.load(vectors), "words.emb", "int8", keys=names, name="words", overwrite=True)
print(f"{report['fileBytes']} bytes, relative error {report['tables'][0]['quality']['relativeError']:.4f}")

with embstore.open("words.emb") as store:
    table = store["words"]
    print(table)
    print(table[["king", "queen"]].shape, table["king"][:3])

    bags = ["new", "york", "berlin"]  # a bag of two words, and one of one
    pooled = np.empty((2, table.dim), np.float32)
    table.pool(bags, lengths=[2, 1], mode="mean", out=pooled)

    scores, ids = table.nearest(table["king"], k=4, metric="cosine")
    print(", ".join(f"{word} {score:.3f}" for word, score in zip(ids, scores)))

    try:
        table["a word that nobody knows"]
    except KeyError as error:
        print(error.name, error.position)
    again = pickle.loads(pickle.dumps(table))  # in a worker: opens the file again
    assert (again["berlin"] == pooled[1]).all()
