"""What `make run` tells a person: where to look, a claim of each stage, and what to try next."""

from pathlib import Path
from typing import Any

import httpx

from claims.model import Stage

_READY = """
Amends runs.

  Pages: sign in as anybody    {api}/
  API, and its documentation   {api}/docs
  Temporal Web UI              {ui}
  Temporal itself              {engine}
  Logs                         {logs}

Claims of the demonstration, one of each stage:
{claims}

To try (roles: buyer, seller, mediator, platform, carrier, ops, auditor):

  TOKEN=$(curl -s {api}/v1/dev/tokens -H 'Content-Type: application/json' \\
      -d '{{"sub": "{seller}", "role": "seller"}}' | sed 's/.*"token":"\\([^"]*\\).*/\\1/')
  curl -s {api}/v1/claims -H "Authorization: Bearer $TOKEN"            # all claims of this seller
  curl -s {api}/v1/claims/{claim} -H "Authorization: Bearer $TOKEN"    # one, with what can be done
  curl -s {api}/v1/dev/claims/{claim}/fast-forward -H "Authorization: Bearer $TOKEN" \\
      -H 'Content-Type: application/json' -d '{{"hours": 73}}'           # silence leads to the mediator

Ctrl-C stops everything in order; the claims are there again after the next start.
"""


def text(addresses: dict[str, str], folder: Path) -> str:
    """The whole of it, once everything runs."""
    found = _one_of_each(addresses["api"])
    rows = "\n".join(f"  {stage:<12} {claim['id']:<30} {_state(claim)}" for stage, claim in found.items())
    asked = found.get(Stage.NEGOTIATION) or {"id": "CLAIM", "seller_id": "SELLER"}
    more = {"logs": folder / "log", "claims": rows, "claim": asked["id"], "seller": asked["seller_id"]}
    return _READY.format(**addresses, **more)


def runs_already(noted: dict[str, Any]) -> str:
    """For a second start in the same folder."""
    addresses = noted.get("addresses") or {}
    where = f"API {addresses['api']}/docs, Temporal Web UI {addresses['ui']}" if addresses else "it is just starting"
    return f"Amends runs here already, as process {noted.get('pid', 'unknown')}: {where}."


def _one_of_each(api: str) -> dict[str, dict[str, Any]]:
    with httpx.Client(base_url=api, trust_env=False, timeout=30) as client:
        token = client.post("/v1/dev/tokens", json={"sub": "ops", "role": "ops"}).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        return {stage: claims[0] for stage in Stage if (claims := _first(client, stage))}


def _first(client: httpx.Client, stage: Stage) -> list[dict[str, Any]]:
    """The claim of this stage with the nearest date, if there is one; of closed ones the newest."""
    sort = "-opened_at" if stage == Stage.CLOSED else "due_at"
    answer = client.get("/v1/claims", params={"stage": stage, "limit": 1, "sort": sort})
    return list(answer.raise_for_status().json()["claims"])


def _state(claim: dict[str, Any]) -> str:
    reason, due = claim["reason"]["code"], (claim["due_at"] or "")[:16].replace("T", " ")
    if claim["stage"] == Stage.CLOSED:
        return f"{reason}: {claim['code']}"
    return f"{reason}: waits for the {claim['waiting_on']} until {due} UTC"
