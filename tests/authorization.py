"""Who may do what: every operation and action, for every role, on one's own, on others', and on what does not exist.

A cell has a sign for each of the three. "One's own" is, for a mediator, what has come before the mediators; for a role
that is no party, the same claim. A sign says what is answered (SIGNS); in a list, whether it is there.
"""

from typing import NamedTuple

ROLES = ("buyer", "seller", "mediator", "platform", "carrier", "ops", "auditor")
SIGNS: dict[str, tuple[int, str]] = {
    "1": (401, "bad_token"),
    "3": (403, "not_for_role"),
    "p": (403, "personal_data"),
    "4": (404, "not_found"),
    "w": (409, "window_running"),
    "n": (409, "not_asked"),
    "m": (409, "not_in_mediation"),
    "t": (409, "nothing_to_translate"),
}  # and: + done, or listed   - not listed   . there is no such case

OPERATIONS = """
                                                        nobody buyer seller mediator platform carrier ops auditor
GET  /v1/reasons                                          1     +..   +..     +..      +..      +..   +..   +..
PUT  /v1/orders/{order_id}                                1     333   333     333      +++      333   333   333
GET  /v1/orders                                           1     +-.   +-.     --.      ++.      --.   ++.   ++.
GET  /v1/orders/{order_id}                                1     +44   +44     444      ++4      444   ++4   ++4
DELETE /v1/people/{person_id}                             1     333   333     333      ++4      333   333   333
POST /v1/claims                                           1     +44   333     333      333      333   333   333
GET  /v1/claims                                           1     +-.   +-.     +-.      ++.      --.   ++.   ++.
GET  /v1/queue                                            1     +..   +..     +..      +..      +..   +..   +..
GET  /v1/claims/{claim_id}                                1     +44   +44     +44      ++4      444   ++4   ++4
GET  /v1/claims/{claim_id}/events                         1     +44   +44     +44      ++4      444   ++4   ++4
GET  /v1/claims/{claim_id}/messages                       1     +44   +44     +44      ++4      444   ++4   ++4
POST /v1/claims/{claim_id}/messages                       1     +44   +44     m44      334      444   334   334
PUT  /v1/claims/{claim_id}/receipt                        1     +44   +44     +44      334      444   334   334
GET  /v1/claims/{claim_id}/messages/{message_id}          1     +44   +44     +44      ++4      444   ++4   ++4
POST /v1/claims/{claim_id}/messages/{message_id}/translation 1  t44   +44     +44      334      444   334   334
GET  /v1/messages                                         1     +..   +..     +..      3..      3..   3..   3..
GET  /v1/profile                                          1     +..   +..     +..      +..      +..   +..   +..
PUT  /v1/profile                                          1     +..   +..     +..      3..      3..   3..   3..
GET  /v1/claims/{claim_id}/stream                         1     +44   +44     +44      ++4      444   ++4   ++4
GET  /v1/claims/{claim_id}/refusals                       1     333   333     333      ++4      333   ++4   ++4
GET  /v1/claims/{claim_id}/similar-rulings                1     333   333     +44      ++4      333   ++4   ++4
GET  /v1/mediation                                        1     3..   3..     +..      +..      3..   +..   +..
GET  /v1/claims/{claim_id}/return                         1     +44   +44     +44      ++4      444   ++4   pp4
GET  /v1/claims/{claim_id}/return/label                   1     +44   +44     +44      ++4      444   ++4   pp4
POST /v1/claims/{claim_id}/messages/{message_id}/answer   1     +44   344     344      334      444   334   334
GET  /v1/quick-replies                                    1     3..   +..     3..      3..      3..   3..   3..
PUT  /v1/quick-replies/{name}                             1     3..   +..     3..      3..      3..   3..   3..
DELETE /v1/quick-replies/{name}                           1     3..   +..     3..      3..      3..   3..   3..
GET  /v1/claims/{claim_id}/attachments                    1     +44   +44     +44      ++4      444   ++4   ++4
POST /v1/attachments                                      1     +..   +..     +..      3..      3..   3..   3..
GET  /v1/attachments/{attachment_id}                      1     +44   +44     +44      ++4      444   ++4   ++4
GET  /v1/attachments/{attachment_id}/content              1     +44   +44     +44      ++4      444   ++4   pp4
DELETE /v1/attachments/{attachment_id}                    1     +44   444     444      333      333   333   333
POST /v1/carrier/events                                   1     333   333     333      333      ++4   333   333
GET  /v1/notices                                          1     +-.   +-.     +-.      --.      --.   --.   --.
PUT  /v1/notices/{notice_id}/read                         1     +44   +44     +44      444      444   444   444
GET  /v1/sellers/{seller_id}/reputation                   1     333   +44     +++      +++      333   +++   +++
GET  /v1/sellers/{seller_id}/advice                       1     333   +44     +++      +++      333   +++   +++
GET  /v1/exclusions                                       1     3..   +..     +..      +..      3..   +..   +..
GET  /v1/exclusions/causes                                1     +..   +..     +..      +..      +..   +..   +..
GET  /v1/sellers/{seller_id}/reputation/verdicts          1     333   +44     +++      +++      333   +++   +++
GET  /v1/sellers/{seller_id}/reputation/history           1     333   +44     +++      +++      333   +++   +++
GET  /v1/sellers/{seller_id}/reputation/protections       1     333   +44     +++      +++      333   +++   +++
GET  /v1/sellers/{seller_id}/reputation/forecast          1     333   +44     +++      +++      333   +++   +++
POST /v1/sellers/{seller_id}/reputation/what-if           1     333   +44     +++      +++      333   +++   +++
PUT  /v1/sellers/{seller_id}/reputation/protection        1     333   333     333      +++      333   333   333
GET  /v1/reputation/terms                                 1     3..   +..     +..      +..      3..   +..   +..
POST /v1/reputation/trials                                1     3..   3..     3..      +..      3..   3..   +..
GET  /v1/sweeps                                           1     3..   3..     3..      +..      3..   +..   +..
GET  /healthz                                             +     +..   +..     +..      +..      +..   +..   +..
GET  /readyz                                              +     +..   +..     +..      +..      +..   +..   +..
POST /v1/dev/tokens                                       +     +..   +..     +..      +..      +..   +..   +..
POST /v1/dev/claims/{claim_id}/fast-forward               1     +44   +44     333      ++4      333   ++4   333
GET  /v1/dev/claims/{claim_id}/ledger                     1     333   333     333      ++4      333   ++4   ++4
POST /v1/dev/claims/{claim_id}/refunds/{number}/faults    1     333   333     333      ++4      333   ++4   333
"""

# POST /v1/claims/{claim_id}/actions/{action}, on a claim in the scene (for mediators, where not theirs, on another)
ACTIONS = """
                      scene             nobody buyer seller mediator platform carrier ops auditor
guide                 fresh               1     344   +44     344      334      444   334   334
offer_partial_refund  fresh               1     344   +44     344      334      444   334   334
withdraw_offer        offered             1     344   +44     344      334      444   334   334
accept_offer          offered             1     +44   344     344      334      444   334   334
decline_offer         offered             1     +44   344     344      334      444   334   334
escalate              fresh               1     w44   +44     344      334      444   334   334
close                 fresh               1     +44   344     344      334      444   334   334
refund                fresh               1     344   +44     344      334      444   334   334
grant_return          fresh               1     344   +44     344      334      444   334   334
cancel_return         labelled            1     +44   344     344      334      444   334   334
accept_return         delivered           1     344   +44     344      334      444   334   334
reject_return         delivered           1     344   +44     344      334      444   334   334
request_evidence      mediated            1     344   344     +44      334      444   334   334
give_evidence         evidence_asked      1     +44   n44     344      334      444   334   334
rule                  mediated            1     344   344     +44      334      444   334   334
pay_by_hand           refund_failed       1     344   344     +44      334      444   334   334
appeal                ruled               1     +44   +44     344      334      444   334   334
ask_exclusion         counted             1     344   +44     344      334      444   334   334
decide_exclusion      exclusion_asked     1     344   344     +44      334      444   334   334
"""

# Outside the document: they show nothing that is not in the repository.
PAGES = ("/docs", "/docs/oauth2-redirect", "/favicon.ico", "/openapi.json", "/static", "/static-offline-docs")


class Row(NamedTuple):
    scene: str
    nobody: str
    cells: dict[str, str]  # by role: own, other's, unknown


def operations() -> dict[tuple[str, str], Row]:
    """By (method, path), as in the OpenAPI document."""
    return {(method, path): _row("", *rest) for method, path, *rest in _lines(OPERATIONS)}


def actions() -> dict[str, Row]:
    return {action: _row(scene, *rest) for action, scene, *rest in _lines(ACTIONS)}


def _lines(table: str) -> list[list[str]]:
    head, *lines = (line.split() for line in table.strip().splitlines())
    assert tuple(head[-len(ROLES) :]) == ROLES
    return lines


def _row(scene: str, nobody: str, *cells: str) -> Row:
    assert all(len(cell) == 3 for cell in cells)
    return Row(scene, nobody, dict(zip(ROLES, cells, strict=True)))
