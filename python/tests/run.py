#!/usr/bin/env python3
"""Runs the tests of the package, with an argument also into a results file of the kind that `dotnet test` writes. Usage: python3 python/tests/run.py [RESULTS.trx]"""

import sys
import unittest
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

suite = unittest.defaultTestLoader.discover(str(HERE), top_level_dir=str(HERE.parent))
result = unittest.TextTestRunner(verbosity=2, durations=5).run(suite) if sys.version_info >= (3, 12) else unittest.TextTestRunner(verbosity=2).run(suite)
failed = len({test.id() for test, _ in result.failures + result.errors} | {test.id() for test in result.unexpectedSuccesses})
skipped = len(result.skipped)
if len(sys.argv) > 1:
    skips = "".join(
        f'<UnitTestResult testName={quoteattr(test.id())} outcome="NotExecuted"><Output><ErrorInfo><Message>{escape(reason)}</Message></ErrorInfo></Output></UnitTestResult>\n'
        for test, reason in result.skipped)
    executed = result.testsRun - skipped
    Path(sys.argv[1]).write_text(
        f'<TestRun>\n<Results>\n{skips}</Results>\n<ResultSummary><Counters total="{result.testsRun}" executed="{executed}" passed="{max(0, executed - failed)}" failed="{failed}" /></ResultSummary>\n</TestRun>\n',
        encoding="utf-8")
sys.exit(0 if result.wasSuccessful() else 1)
