"""Helm, as it is installed here or built from its Go module, and what it makes of our chart."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "careloop"
MODULE = "helm.sh/helm/v3/cmd/helm@v3.18.4"
BUILT = ROOT / "var" / "tools" / "bin" / "helm"
LEAST = {
    "hospital.name": "City Hospital",
    "hospital.publicUrl": "https://care.hospital.example",
    "hospital.consoleUrl": "https://crm.hospital.example",
    "kafka.bootstrapServers": "kafka-bootstrap.kafka:9093",
}
"""What a hospital must say."""
KUBE_VERSION = ("--kube-version", "1.31.0")


def unavailable() -> str | None:
    """The reason why the chart cannot be rendered here, None if it can. Builds Helm where CARELOOP_HELM=build."""
    if shutil.which("helm") or BUILT.exists():
        return None
    if os.environ.get("CARELOOP_HELM") != "build" or not shutil.which("go"):
        return "helm is not installed (CARELOOP_HELM=build makes it, with Go)"
    env = {**os.environ, "GOBIN": str(BUILT.parent)}
    built = subprocess.run(["go", "install", MODULE], env=env, capture_output=True, text=True, check=False)
    return f"helm could not be built: {built.stderr[-300:]}" if built.returncode else None


def helm(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Helm."""
    command = shutil.which("helm") or str(BUILT)
    return subprocess.run([command, *words], capture_output=True, text=True, check=False)


@cache
def rendered(size: str = "", **further: str) -> tuple[dict[str, Any], ...]:
    """The manifests of a size with the least that a hospital must say. Raises AssertionError with Helm's words."""
    values = {**LEAST, **{name.replace("__", "."): value for name, value in further.items()}}
    words = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    sized = ["--values", str(CHART / "sizes" / f"{size}.yaml")] if size else []
    made = helm("template", "crm", str(CHART), *KUBE_VERSION, *sized, *words)
    assert made.returncode == 0, made.stderr
    return tuple(each for each in yaml.safe_load_all(made.stdout) if each)
