"""Says whether it is run by an honest Python, with modules that are Python's own."""
import argparse
import builtins
import json
import random

arguments = argparse.ArgumentParser()
arguments.add_argument("--n", type=int)
arguments.add_argument("--out")
given = arguments.parse_args()
own = all(module.__file__.startswith(argparse.__file__.rsplit("/", 1)[0]) for module in (json, random))
with open(given.out, "w") as out:
    json.dump({"n": given.n, "forged": hasattr(builtins, "forged"), "own": own}, out)
