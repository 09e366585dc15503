"""Reading the shipped taxonomy costs a process next to nothing."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "pandas", "pyarrow", "duckdb", "numba", "rich")
PROGRAM = (
    "import sys; from pipeline.domain.taxonomies.loading import load_taxonomy; load_taxonomy(); "
    f"print([name for name in {HEAVY} if name in sys.modules])"
)


def test_the_shipped_taxonomy_loads_without_any_heavy_library() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
