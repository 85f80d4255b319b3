"""Run the benchmarks named, or all of them: `python -m benchmarks [plan laws …]`."""

import importlib
import pkgutil
import sys

import benchmarks


def main() -> None:
    """Each benchmark is a module here with a `main()` that prints its figures."""
    known = sorted(one.name for one in pkgutil.iter_modules(benchmarks.__path__))
    known = [name for name in known if not name.startswith("_")]
    asked = sys.argv[1:] or known
    if unknown := set(asked) - set(known):
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in asked:
        module = importlib.import_module(f"benchmarks.{name}")
        if hasattr(module, "main"):
            print(f"\n== {name}: {module.__doc__.splitlines()[0]}", flush=True)
            module.main()


main()
