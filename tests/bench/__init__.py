"""`make bench`: what the system takes, measured on this machine. A benchmark, never a timed test.

    python -m tests.bench                     everything
    python -m tests.bench reading writing     only these
    python -m tests.bench --seconds 2         shorter, for a look

Each module of this folder that has a function `measure(bench: Bench) -> Iterator[Figure]` is a benchmark. It
takes what it needs from `bench`: a system of its own with data in it, a bare path to compare with, a load
generator. Nothing of that is started for those that do not ask. `POSITION` (default 50) orders them.

Absolute figures say more about the machine than about us; so each is measured beside a bare path, in turns.
The exit code is 0 whatever the figures are, 1 if something could not be measured.
"""
