"""Makes the wheel: the package with the managed assemblies in beamprecoding/_dotnet. Standard library only; a PEP 517 backend, so that `pip install ./python` works too."""

import base64
import hashlib
import re
import subprocess
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PROJECT = ROOT / "src" / "Precoding.Python"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # no clock in the bytes

# Sweeps have a database, whose native libraries for every system weigh 30 MB; Python has no sweeps. Without .deps.json what lies beside a library is what it has.
LEFT_OUT = re.compile(r"\.pdb$|\.xml$|\.deps\.json$|^runtimes/|^SQLitePCLRaw|^Microsoft\.Data\.Sqlite|^beamprecoding(\.runtimeconfig\.json|\.exe)?$")


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Builds the assemblies (Release), and the wheel from them; returns the wheel's name."""
    subprocess.run(["dotnet", "build", str(PROJECT), "-c", "Release", "-v", "q", "--nologo", "-clp:NoSummary", "-nodeReuse:false"], check=True)
    return pack(wheel_directory)


def pack(wheel_directory):
    """The wheel of what is built."""
    project = read_project()
    name, version = project["name"], project["version"]
    files = {f"{name}/{path.name}": path.read_bytes() for path in sorted((HERE / name).iterdir()) if path.suffix == ".py" or path.name == "py.typed"}
    output = PROJECT / "bin" / "Release" / "net10.0"
    for path in sorted(output.rglob("*")):
        inside = path.relative_to(output).as_posix()
        if path.is_file() and not LEFT_OUT.search(inside):
            files[f"{name}/_dotnet/{inside}"] = path.read_bytes()
    if f"{name}/_dotnet/Precoding.Python.dll" not in files:
        raise SystemExit(f"{output} has no assemblies; run: dotnet build -c Release {PROJECT.relative_to(ROOT)}")
    info = f"{name}-{version}.dist-info"
    files[f"{info}/licenses/LICENSE"] = (ROOT / "LICENSE").read_bytes()
    files[f"{info}/METADATA"] = metadata(project).encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: beamprecoding (wheel_backend.py)\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},sha256={digest(data)},{len(data)}\n" for path, data in files.items())
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    wheel = f"{name}-{version}-py3-none-any.whl"
    Path(wheel_directory).mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(Path(wheel_directory) / wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            member = zipfile.ZipInfo(path, EARLIEST)
            member.external_attr = 0o100644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, data)
    return wheel


def metadata(project):
    lines = [
        "Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}", f"Summary: {project['description']}", "License: Apache-2.0", "License-File: LICENSE",
        f"Keywords: {','.join(project['keywords'])}", f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {need}" for need in project["dependencies"]), *(f"Classifier: {name}" for name in project["classifiers"]), "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + (HERE / "README.md").read_text(encoding="utf-8")


def read_project():
    """[project] of pyproject.toml."""
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    try:
        import tomllib

        return tomllib.loads(text)["project"]
    except ImportError:  # Python before 3.11: strings and lists of strings are written as Python writes them
        section = text.split("[project]\n", 1)[1]
        return {key: eval(value, {"__builtins__": {}}) for key, value in re.findall(r'^([\w-]+) = ("[^"]*"|\[[^\]]*\])', section, re.M)}  # noqa: S307


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
