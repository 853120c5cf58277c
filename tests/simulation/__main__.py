"""`python -m tests.simulation --seeds 20000`, or `--seed 17` to replay one and print its log."""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.rare import never, table
from tests.simulation.season import Outcome, simulate


def main() -> int:
    """Run seeds; the exit status is 1 when an invariant broke or a run proved nothing."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many, from --first on")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, help="only this one; prints its log")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    if given.seed is not None:
        return _replay(given.seed)
    began, outcomes = time.perf_counter(), list[Outcome]()
    with ProcessPoolExecutor(given.workers) as pool:
        for outcome in pool.map(simulate, range(given.first, given.first + given.seeds)):
            outcomes.append(outcome)
            if outcome.violation:
                _say(f"seed {outcome.seed}: {outcome.violation}")
                _say(f"  replay: make simulate SEED={outcome.seed}")
    seconds = time.perf_counter() - began
    _say(table(outcomes))
    missing = never(outcomes)
    broken = sum(outcome.violation is not None for outcome in outcomes)
    _say(f"{len(outcomes)} seeds in {seconds:.0f} s, {len(outcomes) / seconds:.2f} a second")
    _say(f"{broken} seeds broke an invariant; never happened: {', '.join(missing) or 'nothing'}")
    return 1 if broken or missing else 0


def _replay(seed: int) -> int:
    outcome = simulate(seed)
    _say("\n".join(outcome.log))
    _say(f"log {outcome.digest}: {outcome.violation or 'every invariant held'}")
    return 1 if outcome.violation else 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
