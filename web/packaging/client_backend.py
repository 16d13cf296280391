"""PEP 517 backend: setuptools, after the pages have been built into ``web/static``.

An installed package must serve its pages without Node.js, so they are built when the package is. Set
``CLOSETCAST_SKIP_CLIENT=1`` where the pages are not needed (locking dependencies, or a build of them that already ran).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403  (a backend is a module with these names)

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "web" / "client"


def build_client() -> None:
    """Run the client's own build; raise SystemExit with what to do when npm is missing or the build fails."""
    if os.environ.get("CLOSETCAST_SKIP_CLIENT") == "1" or not CLIENT.is_dir():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("closetcast: building the pages needs Node.js 20 or newer with npm; install it and try again")
    for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        if subprocess.call(  # noqa: S603  (npm, found on the PATH)
            [npm, *command], cwd=CLIENT, stdout=sys.stderr
        ):
            raise SystemExit(f"closetcast: npm {command[0]} failed in web/client; its output above says why")


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    build_client()
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    build_client()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)
