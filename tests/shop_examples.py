"""`examples/shop-*`: each has a script that a user types with a URL, and a README that shows what is printed."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from attrs import frozen

from shop import TOASTY

_EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@frozen
class ShopExample:
    """One of them, by the name of its folder."""

    name: str

    @property
    def folder(self) -> Path:
        """Where it is."""
        return _EXAMPLES / self.name

    def typed(self, url: str) -> str:
        """What `bash run.sh URL` prints."""
        known = {k: v for k, v in os.environ.items() if not k.startswith("TOASTY_")}
        path = f"{Path(TOASTY).parent}{os.pathsep}{known['PATH']}"
        done = subprocess.run(
            ["bash", str(self.folder / "run.sh"), url],
            env={**known, "PATH": path, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return re.sub(r"\d{8}_\d{6}", "20250117_120000", done.stdout)

    def shown(self) -> list[str]:
        """The lines of output that its README shows."""
        page = (self.folder / "README.md").read_text(encoding="utf-8")
        blocks = re.findall(r"^```(?:console|text)\n(.*?)^```", page, re.S | re.M)
        return [line for line in "\n".join(blocks).splitlines() if line and line != "..."]
