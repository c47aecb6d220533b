"""What the product never does, or in one place only, shown to catch one that does: by the linter, and by names."""

import re
import subprocess
import sys

import pytest

from tests.architecture.test_house import CODE, ROOT

LINTED = {
    "S102": "exec(text)",
    "S301": "import pickle\npickle.loads(raw)",
    "S307": "eval(text)",
    "S311": "import random\ntoken = random.random()",
    "S324": "import hashlib\nhashlib.md5(raw)",
    "S501": "import httpx\nhttpx.get(url, verify=False)",
    "S502": "import ssl\nssl.wrap_socket(ssl_version=ssl.PROTOCOL_SSLv3)",
    "S506": "import yaml\nyaml.load(text)",
    "S602": "import subprocess\nsubprocess.run(text, shell=True)",
    "S605": "import os\nos.system(text)",
    "S608": 'sql = f"SELECT * FROM patients WHERE name = {name}"',
    "S701": "import jinja2\njinja2.Environment(autoescape=False)",
}
"""What runs, opens or believes what somebody sent; `ruff check` of the whole tree is part of the tests."""

NEVER = {
    "a cookie": ("response.set_cookie('session', id)", r"set_cookie|SessionMiddleware"),
    "another origin let in": ("app.add_middleware(CORSMiddleware)", r"CORSMiddleware|access-control-allow"),
    "a file served": ("return FileResponse(path)", r"FileResponse|StaticFiles|UploadFile|content-disposition"),
    "a redirect": ("return RedirectResponse(url)", r"RedirectResponse|HTTPSRedirect"),
    "a path with a slash too many redirected": ("FastAPI(title=name)", r"FastAPI\((?![^)]*redirect_slashes=False)"),
    "a redirect followed": ("client.get(url, follow_redirects=True)", r"follow_redirects=True"),
    "a WebSocket": ("@router.websocket('/news')", r"\.websocket\(|WebSocket\b"),
    "a script in a page": ("<script>run()</script>", r"<script|javascript:"),
    "a password kept": ("bcrypt.hashpw(word, salt)", r"bcrypt|argon2|scrypt|pbkdf2|PBKDF2"),
    "a directory, a cache or a query of a kind that we do not speak": (
        "import ldap",
        r"(?m)^(import|from) (ldap|ldap3|memcache|pymemcache|redis|lxml|graphql|strawberry)\b|\.xpath\(",
    ),
    "a debugger": ("FastAPI(debug=True)", r"debug=True|breakpoint\(\)"),
}
PAGES = sorted((ROOT / "services").rglob("*.html"))
"""Patients' pages. The console's have scripts, in files of its own (tests/console/test_static.py)."""
HERE_ALONE = {
    "a cookie": ("console/cookies.py",),
    "a file served": ("console/export.py",),
    "a redirect": (
        "console/app.py",
        "console/provider_routes.py",
        "console/saved_views.py",
        "console/screens/",
        "console/signing_in.py",
        "console/signing_out.py",
    ),
    "a password kept": ("console/users.py",),
}
"""The console does some of it, each thing in modules whose tests say how. No service does."""


@pytest.mark.parametrize("rule", LINTED)
def test_what_runs_or_believes_what_somebody_sent_is_refused_by_the_linter(rule: str) -> None:
    linter = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", "--stdin-filename"]
    output = subprocess.run(
        [*linter, "shared/seed.py", "-"], input=LINTED[rule], cwd=ROOT, capture_output=True, text=True
    )
    assert f"{rule} " in output.stdout


@pytest.mark.parametrize("what", NEVER)
def test_what_is_never_done_is_done_nowhere_but_in_its_place(what: str) -> None:
    seed, pattern = NEVER[what]
    assert re.search(pattern, seed, re.IGNORECASE)
    texts = {str(file.relative_to(ROOT)): file.read_text() for file in (*CODE, *PAGES)}
    doing = {file for file, text in texts.items() if re.search(pattern, text, re.IGNORECASE)}
    places = HERE_ALONE.get(what, ())
    assert {file for file in doing if not file.startswith(places)} == set()
    assert [place for place in places if not any(file.startswith(place) for file in doing)] == []


def test_a_redirect_leads_to_a_path_of_ours_or_one_that_was_made_so() -> None:
    """To a path that is written there, `own_path` of what a browser sent, the attempt's or the provider's."""
    target = re.compile(r"RedirectResponse\((?!f?\"/|PATH\b|path\b|own_path\(|to, 303|url, 303)")
    console = [file for file in CODE if file.is_relative_to(ROOT / "console")]
    assert [str(file) for file in console if target.search(file.read_text())] == []
    assert target.search('RedirectResponse(request.query_params["to"])')
