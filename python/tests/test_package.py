"""The package as a user meets it: import, help, examples, missing .NET, the wheel."""

import base64
import csv
import doctest
import hashlib
import importlib
import inspect
import io
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import beamprecoding as bp
from beamprecoding import _host

from . import support


def python(program, at=None, **changes):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=at, env=support.environment(**changes))


class Package(unittest.TestCase):
    def test_examples(self):
        for name in ("", "._solve", "._drop", "._result"):
            module = importlib.import_module("beamprecoding" + name)
            failed, attempted = doctest.testmod(module)
            self.assertEqual(failed, 0, name)
            self.assertTrue(attempted or name == "._result")

    def test_examples_of_the_readme_run(self):
        text = (support.ROOT / "python/README.md").read_text(encoding="utf-8")
        told = python(text.split("```python\n", 1)[1].split("```", 1)[0])
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertEqual(len(told.stdout.splitlines()), 4)

    def test_the_block_of_the_main_readme_runs(self):
        text = (support.ROOT / "README.md").read_text(encoding="utf-8")
        told = python(text.split("```python\n", 1)[1].split("```", 1)[0])
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertRegex(told.stdout, r"^\(2, 24, 3, 64\) \[[\d. ]+\] \[0\.9[\d. ]+\] \['")

    def test_import_does_not_start_dotnet(self):
        told = python("import sys; before = set(sys.modules); import numpy, beamprecoding; print(beamprecoding._host._host); print(open('/proc/self/maps').read().count('hostfxr'))")
        self.assertEqual(told.stdout.split(), ["None", "0"], told.stderr)

    def test_versions_are_one(self):
        sys.path.insert(0, str(support.ROOT / "python"))
        self.addCleanup(sys.path.remove, str(support.ROOT / "python"))
        project = importlib.import_module("wheel_backend").read_project()
        self.assertEqual({bp.__version__, project["version"], _host.ask("version")}, {bp.__version__})

    def test_solve_and_solver_have_the_same_options(self):
        solve, solver = dict(inspect.signature(bp.solve).parameters), dict(inspect.signature(bp.Solver).parameters)
        for of_a_call in ("H", "warm_start", "progress"):
            del solve[of_a_call]
        self.assertEqual({name: str(p) for name, p in solve.items()}, {name: str(p) for name, p in solver.items()})

    def test_help_names_every_argument(self):
        for function in (bp.solve, bp.drop):
            documented = inspect.getdoc(function)
            for name in inspect.signature(function).parameters:
                self.assertRegex(documented, rf"(?m)^[^\n]*\b{name}\b", f"{function.__name__}: {name}")

    def test_every_option_of_the_tool_has_an_argument(self):
        import re
        elsewhere = {"help", "channels", "channels-name", "set", "out", "trace", "json", "quiet", "debug", "version"}
        for verb, function in (("solve", bp.solve), ("drop", bp.drop)):
            options = {option for option in re.findall(r"^  (?:-\w, )?--([a-z-]+)", support.tool(verb, "--help"), re.M)} - elsewhere - {"random-state"}
            self.assertGreater(len(options), 10)
            self.assertEqual({option.replace("-", "_") for option in options} - set(inspect.signature(function).parameters), set())

    def test_pythons_signal_handler_stays(self):
        told = python("import signal, beamprecoding as bp; bp.precoders(); import os; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)\n"
                      "try:\n    os.kill(os.getpid(), signal.SIGINT)\n    import time; time.sleep(5)\nexcept KeyboardInterrupt:\n    print('interrupted')")
        self.assertEqual(told.stdout.split(), ["True", "interrupted"])


class WithoutDotnet(unittest.TestCase):
    def test_nothing_installed(self):
        with tempfile.TemporaryDirectory() as empty, mock.patch.object(_host, "dotnet_roots", lambda: [Path(empty)]):
            with self.assertRaisesRegex(bp.DeviceError, "No .NET was found in .*Install the .NET runtime 10 .*DOTNET_ROOT"):
                _host.find_hostfxr()

    def test_places(self):
        with tempfile.TemporaryDirectory() as folder:
            for version in ("8.0.11", "10.0.0-rc.2.1", "10.0.9", "10.0.12"):
                library = Path(folder) / "host/fxr" / version / _host.LIBRARY
                library.parent.mkdir(parents=True)
                library.touch()
            with mock.patch.dict(os.environ, DOTNET_ROOT=folder):
                self.assertEqual(_host.find_hostfxr().parent.name, "10.0.12")
            binary = Path(folder) / "dotnet"
            binary.touch()
            binary.chmod(0o755)
            with tempfile.TemporaryDirectory() as path:
                (Path(path) / "dotnet").symlink_to(binary)
                with mock.patch.dict(os.environ, PATH=path):
                    os.environ.pop("DOTNET_ROOT", None)
                    self.assertEqual(_host.find_hostfxr().parents[3], Path(folder))

    def test_a_runtime_that_is_too_old(self):
        with tempfile.TemporaryDirectory() as folder:
            output = _host.find_assemblies()
            for path in output.glob("*.dll"):
                (Path(folder) / path.name).symlink_to(path)
            config = (output / "Precoding.Python.runtimeconfig.json").read_text(encoding="utf-8").replace('"10.0.0"', '"99.0.0"')
            (Path(folder) / "Precoding.Python.runtimeconfig.json").write_text(config, encoding="utf-8")
            told = python("import beamprecoding as bp\ntry:\n    bp.precoders()\nexcept bp.DeviceError as error:\n    print(error)", BEAMPRECODING_ASSEMBLIES=folder)
            self.assertIn("99.0.0", told.stdout, told.stderr)
            self.assertIn("Install the .NET runtime 10", told.stdout)

    def test_assemblies_that_are_not_there(self):
        with mock.patch.object(_host, "ASSEMBLY", "Nothing"), self.assertRaisesRegex(bp.BeamPrecodingError, "dotnet build -c Release src/Nothing"):
            _host.find_assemblies()


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        done = subprocess.run([sys.executable, str(support.ROOT / "python/build-wheel"), "--no-build", cls.folder.name], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.wheel = Path(done.stdout.strip())

    def test_name_and_record(self):
        self.assertEqual(self.wheel.name, f"beamprecoding-{bp.__version__}-py3-none-any.whl")
        self.assertLess(self.wheel.stat().st_size, 8e6)
        with zipfile.ZipFile(self.wheel) as archive:
            names = archive.namelist()
            info = f"beamprecoding-{bp.__version__}.dist-info/"
            self.assertEqual(len(names), len(set(names)))
            rows = list(csv.reader(io.StringIO(archive.read(info + "RECORD").decode())))
            self.assertEqual(sorted(row[0] for row in rows), sorted(names))
            for path, digest, size in rows:
                if path != info + "RECORD":
                    data = archive.read(path)
                    expected = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                    self.assertEqual((digest, int(size)), ("sha256=" + expected, len(data)), path)
            self.assertIn("Tag: py3-none-any\n", archive.read(info + "WHEEL").decode())
            self.assertIn(f"Name: beamprecoding\nVersion: {bp.__version__}\n", archive.read(info + "METADATA").decode())
            for needed in ("beamprecoding/py.typed", "beamprecoding/_dotnet/Precoding.Python.dll", "beamprecoding/_dotnet/Precoding.Python.runtimeconfig.json", info + "licenses/LICENSE"):
                self.assertIn(needed, names)
            self.assertEqual([name for name in names if name.startswith("beamprecoding/tests") or "__pycache__" in name], [])

    def test_it_works_where_there_is_no_repository(self):
        with tempfile.TemporaryDirectory() as folder:
            with zipfile.ZipFile(self.wheel) as archive:
                archive.extractall(folder)
            told = python(
                "import numpy as np, beamprecoding as bp\nprint(bp.__file__)\n"
                "drop = bp.drop('iid', users=4, antennas=8, seed=1)\nprint(bp.solve(drop, ['rzf', 'reduced-cg', 'ncjt-cg'], power=10, device='cpu')['reduced-cg'].status[0])\n"
                "print([d.id for d in bp.devices() if d.id == 'cpu'], len(bp.precoders()))",
                at=folder, PYTHONPATH=folder)
            self.assertEqual(told.returncode, 0, told.stderr)
            self.assertEqual(told.stdout.splitlines(), [str(Path(folder) / "beamprecoding/__init__.py"), "converged", "['cpu'] 17"])
