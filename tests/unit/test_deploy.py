"""Files of deploy/ that nothing here can run: read, and held to what there is."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE = REPOSITORY / "deploy" / "compose"
MADE_BY_OPERATOR = {"broker", "etc", "secrets"}


@pytest.fixture
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((COMPOSE / "compose.yaml").read_text("utf-8")))


def test_every_image_is_pinned_and_every_service_starts_again(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["restart"] == "always", name
        assert "build" in service or re.search(r":\d+\.\d+\.\d+$", service["image"]), name


def test_every_mount_and_secret_is_there_or_made_by_the_readme(compose: dict[str, Any]) -> None:
    said = (COMPOSE / "README.md").read_text("utf-8")
    sources = [mount.split(":")[0] for service in compose["services"].values() for mount in service.get("volumes", ())]
    sources += [secret["file"] for secret in compose["secrets"].values()]
    for source in sources:
        if not source.startswith("."):
            assert source in compose["volumes"]
        elif (first := Path(source).parts[0]) in MADE_BY_OPERATOR:
            assert first in said
        else:
            assert (COMPOSE / source).exists(), source
    used = {secret for service in compose["services"].values() for secret in service.get("secrets", ())}
    assert used == set(compose["secrets"])


def test_only_the_broker_is_open_to_the_world(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for port in service.get("ports", ()):
            assert name == "mosquitto" or port.startswith("127.0.0.1:"), name


def test_boards_ask_for_what_is_mapped() -> None:
    script = COMPOSE / "influx-init" / "dbrp.sh"
    assert script.stat().st_mode & 0o111
    subprocess.run(["sh", "-n", str(script)], check=True)
    source = yaml.safe_load((REPOSITORY / "grafana/provisioning/datasources/larder.yaml").read_text("utf-8"))
    database = source["datasources"][0]["jsonData"]["dbName"]
    assert f"--db {database} " in script.read_text("utf-8")


def test_the_dockerfile_copies_and_installs_what_there_is() -> None:
    text = (COMPOSE / "Dockerfile").read_text("utf-8")
    extras = set(re.search(r"\[([a-z,]+)\]\"", text).group(1).split(","))  # type: ignore[union-attr]
    assert extras <= set(
        re.findall(r"^([a-z]+) = \[", (REPOSITORY / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    )
    assert 'ENTRYPOINT ["larder"]' in text and "USER larder" in text
