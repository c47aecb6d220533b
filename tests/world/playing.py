"""Many worlds, each from a seed of its own; on every core where they are so many that starting processes pays."""

import gc
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product, starmap
from multiprocessing import get_context

Play = Callable[[int, float], str]
"""Seed and faults → the story of a world that broke a promise, else "". It must be picklable."""
SEEDS = int(os.environ.get("CARELOOP_LIVES", "25"))
FAULTS = (0.0, 0.05, 0.3)
CHUNK = 50
"""Number of worlds between two garbage collections, which would otherwise take a fifth of the time."""
MANY = 500
"""Number of worlds from which a process per core pays."""


def first_story(play: Play, seeds: int = SEEDS) -> str:
    """The story of the first seed that breaks a promise at any rate of faults; "" where none does."""
    worlds = list(product(range(seeds), FAULTS))
    if len(worlds) < MANY:
        return _first(play, worlds)
    chunks = [worlds[at : at + CHUNK] for at in range(0, len(worlds), CHUNK)]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return next(filter(None, pool.map(partial(_in_one_go, play), chunks)), "")


def _in_one_go(play: Play, worlds: Sequence[tuple[int, float]]) -> str:
    gc.disable()
    try:
        return _first(play, worlds)
    finally:
        gc.enable()
        gc.collect()


def _first(play: Play, worlds: Sequence[tuple[int, float]]) -> str:
    return next(filter(None, starmap(play, worlds)), "")
