from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pipeline.statistics

FOLDER = Path(pipeline.statistics.__file__).parent


def test_no_module_of_statistics_loads_scipy_or_statsmodels_before_it_is_asked() -> None:
    names = [f"pipeline.statistics.{path.stem}" for path in sorted(FOLDER.glob("*.py")) if path.stem != "__init__"]
    assert len(names) > 8
    code = (
        f"import sys, {', '.join(names)}\n"
        "print([name for name in ('scipy', 'statsmodels', 'sklearn', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
