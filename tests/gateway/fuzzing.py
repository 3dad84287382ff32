"""schemathesis against a gateway that runs somewhere: requests made from its own OpenAPI document.

python -m tests.gateway.fuzzing http://127.0.0.1:8080 USER PASSWORD [SECONDS]
"""

from __future__ import annotations

import subprocess
import sys

import httpx

from tests.gateway.schemathesis_env import program

#: What must hold for every answer: no 5xx, only what the document promises, nothing for strangers.
CHECKS = ",".join(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "unsupported_method",
        "allow_header_conformance",
        "ignored_auth",
    )
)


#: Bundles come from sync, which the gateway's fakes do not play; /live has no end.
WITHOUT_SYNC = "^/v1/sync/"
#: Nor do they keep records as typed as files of them need.
WITHOUT_FILES = f"{WITHOUT_SYNC}|^/v1/crm/parties:export"


def fuzz(
    base_url: str,
    *,
    token: str,
    seconds: int = 60,
    checks: str = CHECKS,
    examples: int = 20,
    excluded: str = WITHOUT_SYNC,
) -> subprocess.CompletedProcess[str]:
    """Run schemathesis for at most about `seconds` with an access token; exit status 0: all held."""
    command = [
        str(program()),
        "run",
        f"{base_url}/openapi.json",
        f"--url={base_url}",
        f"--header=Authorization: Bearer {token}",
        f"--checks={checks}",
        f"--max-time={seconds}",
        f"--max-examples={examples}",
        "--phases=examples,coverage,fuzzing",
        # Signed out, everything else would only be answered 401; sign-ins use up what others may try.
        "--exclude-operation-id=signOut",
        "--exclude-operation-id=signIn",
        f"--exclude-path-regex={excluded}",
        "--request-timeout=20",
        "--suppress-health-check=all",
        "--warnings=off",
        "--continue-on-failure",
        "--seed=1",
        "--generation-database=none",
        "--no-color",
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds * 4 + 60, check=False)


def sign_in(base_url: str, user_name: str, password: str) -> str:
    """Return an access token."""
    body = {"user_name": user_name, "password": password}
    answer = httpx.post(f"{base_url}/v1/session", json=body, timeout=20)
    answer.raise_for_status()
    token: str = answer.json()["access_token"]
    return token


if __name__ == "__main__":
    url, user, password, *rest = sys.argv[1:]
    done = fuzz(url, token=sign_in(url, user, password), seconds=int(rest[0]) if rest else 60)
    print(done.stdout, done.stderr)
    sys.exit(done.returncode)
