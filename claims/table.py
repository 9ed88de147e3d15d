"""The claim process: every step of every claim on one screen. claims/process.py walks it.

A row: from these stages, this action, by these actors, when all of this holds, leads to that stage with these
effects. Time, the bank and the carrier are actors too; a row of the clock says whose silence it stands for.
"""

from typing import NamedTuple

from claims.model import Actor, Stage

N, R, M, S, X = Stage
BUYER, SELLER, MEDIATOR, CARRIER, BANK, CLOCK = Actor


class Step(NamedTuple):
    stages: str  # several are separated by a blank, as are actors, guards and effects
    action: str
    by: str
    needs: str
    to: Stage
    does: str
    waits: str = ""


STEPS = (
    Step(N, "guide", SELLER, "", N, "note_guidance"),
    Step(N, "offer_partial_refund", SELLER, "reason_allows_offer no_offer offers_left above_declined", N,
         "add_offer"),
    Step(N, "withdraw_offer", SELLER, "this_offer", N, "withdraw_offer"),
    Step(N, "accept_offer", BUYER, "this_offer", S, "accept_offer request_refund"),
    Step(N, "decline_offer", BUYER, "this_offer", N, "decline_offer give_seller_time"),
    Step(N, "expire_offer", CLOCK, "offer_stands", X, "expire_offer close", BUYER),
    Step(N, "escalate", f"{SELLER} {CLOCK}", "no_offer", M, "call_mediator", SELLER),
    Step(f"{N} {R}", "escalate", BUYER, "no_offer window_over nothing_sent_back", M, "call_mediator"),
    Step(f"{N} {M}", "close", BUYER, "no_appeal_runs", X, "expire_offer note_closing close"),
    Step(f"{N} {R} {M}", "refund", SELLER, "not_all_paid", S,
         "supersede_offer award_all note_refund request_refund"),
    Step(f"{N} {M}", "grant_return", SELLER, "no_appeal_runs reason_allows_return nothing_sent_back", R,
         "supersede_offer award_all note_grant want_label"),
    Step(R, "label_made", CARRIER, "label_wanted this_return", R, "send_label"),
    Step(R, "escalate", CLOCK, "carrier_owes", M, "call_mediator", CARRIER),
    Step(R, "lapse_label", CLOCK, "label_valid", R, "await_scan", BUYER),
    Step(R, "expire_return", CLOCK, "label_lapsed", X, "expire_return award_no_more close", CARRIER),
    Step(R, "cancel_return", BUYER, "nothing_sent_back", X, "cancel_return award_no_more close"),
    Step(R, "ship", CARRIER, "label_out this_parcel", R, "track"),
    Step(R, "deliver", CARRIER, "label_out_or_moving this_parcel", R, "start_inspection"),
    Step(R, "lose", CARRIER, "moving this_parcel", M, "call_mediator"),
    Step(R, "accept_return", f"{SELLER} {CLOCK}", "arrived", S, "accept_goods request_refund", SELLER),
    Step(R, "reject_return", SELLER, "arrived", M, "reject_goods call_mediator"),
    Step(M, "request_evidence", MEDIATOR, "nobody_asked", M, "ask_for_evidence"),
    Step(M, "give_evidence", f"{BUYER} {SELLER}", "asked_me", M, "call_mediator"),
    Step(M, "recall_mediator", CLOCK, "", M, "raise_priority call_mediator", "asked or mediator"),
    Step(M, "rule", MEDIATOR, "no_more_money", X, "award_ruling close"),
    Step(M, "rule", MEDIATOR, "more_money", S, "award_ruling request_refund"),
    Step(M, "rule", MEDIATOR, "return_first reason_allows_return nothing_sent_back", R,
         "award_ruling want_label"),
    Step(S, "refunded", BANK, "this_refund pays_all", X, "book_refund close"),
    Step(S, "refunded", BANK, "this_refund pays_part", S, "book_refund want_refund raise_priority"),
    Step(S, "refund_failed", BANK, "this_refund refund_pending", S, "fail_refund raise_priority"),
    Step(R, "refund_bounced", BANK, "refund_made", R, "unbook_refund"),
    Step(M, "refund_bounced", BANK, "refund_made", M, "unbook_refund"),
    Step(S, "refund_bounced", BANK, "refund_made", S, "unbook_refund"),
    Step(X, "refund_bounced", BANK, "refund_made money_owed", S, "unbook_refund want_refund raise_priority"),
    Step(X, "refund_bounced", BANK, "refund_made nothing_owed", X, "unbook_refund"),
    Step(S, "retry_refund", CLOCK, "", S, "ask_bank_again", BANK),
    Step(S, "pay_by_hand", MEDIATOR, "refund_has_failed", X, "book_by_hand close"),
    Step(X, "appeal", f"{BUYER} {SELLER}", "appeal_open window_over has_less_than_asked", M,
         "note_appeal call_mediator"),
    Step(X, "ask_exclusion", SELLER, "counts_against_seller no_exclusion_yet", X, "note_exclusion"),
    Step(X, "decide_exclusion", MEDIATOR, "exclusion_asked", X, "settle_exclusion"),
)  # fmt: skip
