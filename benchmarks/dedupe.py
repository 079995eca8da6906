"""What finding stories costs, beside datasketch's MinHashLSH in the same run.

    python benchmarks/dedupe.py                         10,000 generated documents
    python benchmarks/dedupe.py --documents FILE        a corpus of your own (JSON lines: id, title, paras)
    python benchmarks/dedupe.py --sizes 10000 100000    more
    python benchmarks/dedupe.py --growth 10000 1000000  cost per document on a store that holds so many already
    python benchmarks/dedupe.py --growth 10000 1000000 --store postgresql

CPU seconds of this process (for the growth also wall seconds, since PostgreSQL works in another process). Trust the
ratios of one run, not the numbers of two.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import gzip
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from datasketch import MinHash, MinHashLSH
from sqlalchemy import Connection, text

from crawler.dedupe.normalise import Folded, fold
from crawler.dedupe.stories import StoryDocument, assign
from models.store import Store
from tests.postgres import running_postgres

Document = tuple[str, list[str]]
BATCH = 5000
"""Documents of one transaction, as a night of all publishers has."""


def generate(count: int, seed: int) -> list[Document]:
    """Distinct documents like news: 14 sentences of 34 characters, words by Zipf's law, some numbers."""
    chance = random.Random(seed)
    characters = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]
    words = ["".join(chance.choices(characters, k=chance.choice((1, 2, 2, 2, 3)))) for _ in range(12_000)]
    weights = [1 / (rank + 10) for rank in range(len(words))]
    documents = []
    for _ in range(count):
        sentences = []
        for _ in range(max(2, int(chance.gauss(14, 5)))):
            sentence = chance.choices(words, weights, k=chance.randint(9, 26))
            if chance.random() < 0.3:
                sentence[chance.randrange(len(sentence))] = f"{chance.randrange(1, 5000)}"
            if len(sentence) > 14:
                sentence[7] += "，"
            sentences.append("".join(sentence) + "。")
        cut = chance.randint(2, 4)
        title = "".join(chance.choices(words, weights, k=8))
        documents.append((title, ["".join(sentences[at : at + cut]) for at in range(0, len(sentences), cut)]))
    return documents


def natural_stream(documents: Sequence[Document], count: int, seed: int) -> list[Document]:
    """A stream in which 43 of 100 are exact copies (as in 40,000 documents of two crawls) and 5 of 100 altered ones."""
    chance = random.Random(seed)
    stream: list[Document] = []
    fresh = iter(documents)
    while len(stream) < count:
        draw = chance.random()
        if stream and draw < 0.43:
            stream.append(stream[chance.randrange(max(0, len(stream) - 3000), len(stream))])
        elif stream and draw < 0.48:
            title, lines = stream[chance.randrange(max(0, len(stream) - 3000), len(stream))]
            stream.append((title, lines[: max(1, len(lines) - 1)]))
        else:
            stream.append(next(fresh))
    return stream


def read(path: Path) -> list[Document]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return [(row["title"], row["paras"]) for row in map(json.loads, file)]


def timed(work: Callable[[], object]) -> float:
    # What the benchmark itself holds in memory is not to be walked by the collector in the measured time.
    gc.collect()
    gc.freeze()
    start = time.process_time()
    work()
    return time.process_time() - start


def ours(folded: Sequence[Folded]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/stories.sqlite")
        store.upgrade()
        documents = [StoryDocument(text) for text in folded]

        def run() -> None:
            for start in range(0, len(documents), BATCH):
                batch = documents[start : start + BATCH]
                store.write(functools.partial(assign, documents=batch))

        seconds = timed(run)
        store.close()
    return seconds


def theirs(folded: Sequence[Folded]) -> float:
    bodies = ["".join(text.sentences) for text in folded]

    def run() -> None:
        index = MinHashLSH(threshold=0.5, num_perm=128)
        for number, body in enumerate(bodies):
            minhash = MinHash(num_perm=128)
            minhash.update_batch([body[at : at + 5].encode() for at in range(max(1, len(body) - 4))])
            index.query(minhash)
            index.insert(number, minhash)

    return timed(run)


def compare(name: str, documents: Sequence[Document]) -> None:
    fold("a", ["b"])
    folded: list[Folded] = []
    seconds = timed(lambda: folded.extend(fold(*document) for document in documents))
    count = len(documents)
    characters = sum(len(body.text) for body in folded) / count
    distinct = len({body.content_id for body in folded})
    print(f"\n{name}: {count:,} documents, {distinct:,} distinct, {characters:.0f} characters each")
    print(f"  folding                            {count / seconds:8,.0f} documents per CPU second")
    mine = count / ours(folded)
    print(f"  folded text to stored decision     {mine:8,.0f}")
    peer = count / theirs(folded)
    print(f"  datasketch MinHashLSH(0.5, 128)    {peer:8,.0f}   (candidates only, in memory)")
    print(f"  ratio                              {mine / peer:8.1f}", flush=True)


# --- growth -----------------------------------------------------------------------------------------------------------

PRINTS = 18
"""Fingerprints of one stored text."""


def preload(connection: Connection, start: int, count: int) -> None:
    """Store texts with random fingerprints, days spread over two years."""
    if connection.dialect.name == "sqlite":
        numbers = f"WITH RECURSIVE n(i) AS (SELECT {start + 1} UNION ALL SELECT i + 1 FROM n WHERE i < {start + count})"
        prints = f"WITH RECURSIVE p(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM p WHERE k < {count * PRINTS})"
        connection.execute(
            text(
                f"INSERT INTO content (content_id, content_hash, algorithm, day, chars, story_id, text) {numbers} "
                "SELECT i, randomblob(16), 1, 739000 + i % 730, 500, i, hex(randomblob(800)) FROM n"
            )
        )
        connection.execute(
            text(
                f"INSERT INTO fingerprint (fp, day, content_id, weight) SELECT * FROM ({prints} SELECT random() AS fp, "
                f"739000 + k % 730, {start} + 1 + k / {PRINTS}, 30 FROM p) ORDER BY fp"
            )
        )
    else:
        connection.execute(
            text(
                "INSERT INTO content (content_id, content_hash, algorithm, day, chars, story_id, text) "
                "SELECT i, decode(md5(i::text), 'hex'), 1, 739000 + i % 730, 500, i, repeat(md5(i::text), 50) "
                f"FROM generate_series({start + 1}, {start + count}) AS i"
            )
        )
        connection.execute(
            text(
                "INSERT INTO fingerprint (fp, day, content_id, weight) SELECT hashint8extended(k, 7), 739000 + k % 730,"
                f" 1 + k / {PRINTS}, 30 FROM generate_series({start * PRINTS}::bigint, "
                f"{(start + count) * PRINTS - 1}::bigint) AS k ORDER BY 1"
            )
        )


@contextlib.contextmanager
def opened(kind: str) -> Iterator[Store]:
    with contextlib.ExitStack() as stack:
        if kind == "postgresql":
            url = stack.enter_context(running_postgres())
        else:
            url = f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/stories.sqlite"
        store = Store(url)
        stack.callback(store.close)
        store.upgrade()
        yield store


def growth(kind: str, sizes: Sequence[int], documents: Sequence[Document]) -> None:
    print(f"\ncost of one document on a store that holds others already, {kind}:")
    folded = [StoryDocument(fold(*document)) for document in natural_stream(documents, 12_000, 3)]
    held = 0
    first = 0.0
    with opened(kind) as store:
        for number, size in enumerate(sorted(sizes)):
            step = 100_000
            while held < size:
                count = min(step, size - held)
                store.write(functools.partial(preload, start=held, count=count))
                held += count
            if kind == "postgresql":
                with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM ANALYZE"))
            # Each size gets documents that the store has not seen.
            share = folded[number * 4000 : number * 4000 + 4000]
            cpu, wall = time.process_time(), time.perf_counter()
            for start in range(0, len(share), BATCH):
                store.write(functools.partial(assign, documents=share[start : start + BATCH]))
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            first = first or wall
            print(
                f"  {size:>9,} stored: {wall / len(share) * 1e6:6.0f} µs wall, {cpu / len(share) * 1e6:6.0f} µs CPU "
                f"of this process, {wall / first:4.1f} times the first",
                flush=True,
            )
        if kind == "sqlite":
            path = Path(str(store.url.database))
            print(f"  file: {path.stat().st_size / 1e6:,.0f} MB (with 1,600 bytes of text each)")
    print(f"  memory of this process at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--documents", type=Path)
    arguments.add_argument("--sizes", type=int, nargs="+", default=[10_000])
    arguments.add_argument("--growth", type=int, nargs="+")
    arguments.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    chosen = arguments.parse_args()
    if chosen.growth:
        growth(chosen.store, chosen.growth, generate(8_000, 11))
        return
    if chosen.documents:
        compare(str(chosen.documents.name), read(chosen.documents))
        return
    for size in chosen.sizes:
        documents = generate(size, 7)
        compare("a stream with exact copies", natural_stream(documents, size, 5))
        compare("distinct texts only", documents)


if __name__ == "__main__":
    main()
