"""What Helm makes of the chart for a clinic, a tertiary hospital and a city."""

from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.catalogue import CONSOLE
from tests.deploy.compose.test_file import ROLES, SERVICES
from tests.deploy.helm.test_values import VALUES
from tests.support.helm import CHART, KUBE_VERSION, LEAST, ROOT, helm, rendered, unavailable

pytestmark = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))
SIZES = ("", "clinic", "city")
KUBERNETES = "1.31"
KEDA = ROOT / "tests/deploy/helm/keda.yaml"
OTHERS = ("keda.sh/v1alpha1", "cert-manager.io/v1")


def of_kind(size: str, *kinds: str, **further: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in rendered(size, **further) if each["kind"] in kinds}


def pods(size: str, **further: str) -> dict[str, dict[str, Any]]:
    """The pod of each workload and job, by its name."""
    return {
        name: each["spec"]["template"]["spec"]
        for name, each in of_kind(size, "Deployment", "StatefulSet", "Job", **further).items()
    }


def keys_of(pod: dict[str, Any]) -> set[str]:
    [volume] = [each for each in pod["volumes"] if each["name"] == "secrets"]
    return {item["key"] for item in volume["secret"]["items"]} if "secret" in volume else set()


def test_helm_finds_nothing_to_complain_of() -> None:
    words = [word for name, value in LEAST.items() for word in ("--set", f"{name}={value}")]
    linted = helm("lint", "--strict", str(CHART), *KUBE_VERSION, *words)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("missing", LEAST)
def test_what_a_hospital_must_say_is_asked_for_by_name(missing: str) -> None:
    words = [word for name, value in LEAST.items() if name != missing for word in ("--set", f"{name}={value}")]
    made = helm("template", "crm", str(CHART), *KUBE_VERSION, *words)
    assert made.returncode != 0
    assert missing in made.stderr


@pytest.mark.parametrize("size", SIZES)
def test_kubernetes_takes_every_manifest(size: str) -> None:
    for each in rendered(size, mllp__peers="{10.20.0.0/24}", network__kafka="{10.1.0.0/24}", tls__issuer__name="ours"):
        if each["apiVersion"] not in OTHERS:
            kubernetes_validate.validate(each, KUBERNETES, strict=True)


@pytest.mark.parametrize("size", SIZES)
def test_every_process_runs_with_the_secrets_of_its_role_and_without_rights(size: str) -> None:
    every = pods(size)
    assert {*ROLES, CONSOLE, "ops", "gateway", "gateway-patients", "crm-topics"} == set(every)
    certificates = {"authority.pem", "services.pem", "services.key", "gateway.pem", "gateway.key"}
    for name, pod in every.items():
        [container] = pod["containers"]
        beside = SERVICES[name.removeprefix("crm-")]
        assert keys_of(pod) == {*beside["secrets"]} - certificates, name
        assert container["args"] == beside["command"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert (pod["securityContext"]["runAsNonRoot"], pod["automountServiceAccountToken"]) == (True, False)


def test_each_process_has_its_own_settings_and_no_others() -> None:
    every = pods("")
    common = set(of_kind("", "ConfigMap")["crm-settings"]["data"])
    own = {name: {each["name"] for each in pod["containers"][0]["env"]} for name, pod in every.items()}
    tls = {"CARELOOP_HTTP__CERT_FILE", "CARELOOP_HTTP__KEY_FILE"}
    assert own["contacts-decider"] == tls
    assert own["gateway-patients"] == {*tls, "SSL_CERT_FILE", "CARELOOP_GATEWAY__PATIENTS"}
    assert own["ops"] == {*tls, "SSL_CERT_FILE", "CARELOOP_OPS__SIGNING_KEY_FILE"}
    assert own["crm-topics"] == tls | common


def test_state_is_kept_by_stateful_sets() -> None:
    disks = {name for name, role in VALUES["roles"].items() if role.get("disk")}
    assert set(of_kind("", "StatefulSet")) == {*disks, "ops"}


def test_patients_reach_three_services_and_no_database() -> None:
    policies = of_kind("", "NetworkPolicy", network__kafka="{10.1.0.0/24}", network__mongo="{10.2.0.0/24}")
    leaving = [each for each in policies.values() if "gateway-patients" in selected(each) and "egress" in each["spec"]]
    [policy] = leaving
    [rule] = policy["spec"]["egress"]
    reached = rule["to"][0]["podSelector"]["matchExpressions"][0]["values"]
    assert set(reached) == {"followup-api", "notify-api", "his-adapter-api"}


def selected(policy: dict[str, Any]) -> list[str]:
    expressions = policy["spec"]["podSelector"].get("matchExpressions", [])
    return expressions[0]["values"] if expressions else []


def test_nothing_may_come_or_go_unless_a_policy_says_so() -> None:
    nothing = of_kind("", "NetworkPolicy")["nothing"]["spec"]
    assert set(nothing["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in nothing
    assert nothing["egress"] == [{"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}]


def test_in_a_mesh_pods_speak_plain_and_have_no_certificate() -> None:
    for pod in pods("", tls__mesh="true").values():
        [container] = pod["containers"]
        assert {"name": "CARELOOP_HTTP__BEHIND_TLS_PROXY", "value": "true"} in container["env"]
        assert "tls" not in {volume["name"] for volume in pod["volumes"]}


def test_a_city_scales_by_lag() -> None:
    scaled = [each for each in rendered("city") if each["apiVersion"] == "keda.sh/v1alpha1"]
    assert list(yaml.safe_load_all(KEDA.read_text())) == scaled
    assert {each["metadata"]["name"] for each in scaled if each["kind"] == "ScaledObject"} == {
        name for name, role in VALUES["roles"].items() if role.get("groups")
    }
