"""How a claim looks to whoever asks: one screen in one answer. Made of the claim, the instant and the role alone."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from activities.returns import return_id
from api.foreseen import effect_view
from api.schemas import input_schema
from api.tokens import Caller, Role
from api.verdicts import verdict_view
from claims.exclusions import CAUSES
from claims.forecast import Prospect, prospects
from claims.model import Actor, Claim, Event, Exclusion, Offer, Refund, Return
from claims.process import Choice, available, let_time_pass, waiting_on
from claims.reasons import REASONS
from claims.reputation import decided
from claims.schedule import course, reminders, schedule
from claims.sentences import benefits
from claims.standing.outlook import Outlook
from claims.thread import is_told
from storage.tables import RefusalRow

Json = dict[str, Any]


def claim_view(claim: Claim, caller: Caller, now: datetime, outlook: Outlook | None = None) -> Json:
    """The claim as the caller sees it at `now`; steps of the clock that are due by then have happened.

    `outlook`: on the seller's standing, for who may know of it.
    """
    claim = let_time_pass(claim, now).claim
    outlook = outlook and outlook.given(claim)
    return {
        **summary_view(claim, caller, now),
        "quantity": claim.quantity,
        "line": _line(claim),
        "amounts": _amounts(claim),
        "protect_until": claim.protect_until,
        "asked": claim.asked,
        "award": money(claim, claim.award) if claim.ruled else None,
        "outcome": _outcome(claim),
        "offers": [_offer(claim, o) for o in claim.offers],
        "return": _return(claim, claim.parcel) if claim.parcel else None,
        "refunds": [_refund(claim, r) for r in claim.refunds],
        "appeal": {"by": claim.appealed, "running": claim.in_appeal, "possible_until": claim.appeal_until},
        "reputation": verdict_view(claim, caller.actor, now),
        "exclusion": _exclusion(claim, caller, now),
        "schedule": [asdict(c) | {"reputation": effect_view(outlook, after)} for c, after in course(claim)],
        "reminders": [{"at": r.at, "to": r.to, "due_at": r.due_at} for r in reminders(claim) if r.at >= now],
        "policy": {"version": claim.policy.version},
        "attachments": f"/v1/claims/{claim.id}/attachments",
        **_actions(claim, caller.actor, now, outlook),
    }


def summary_view(claim: Claim, caller: Caller, now: datetime) -> Json:
    """A claim in a list: the same words as in the whole view."""
    claim = let_time_pass(claim, now).claim
    coming = schedule(claim)[:1]
    return {
        "id": claim.id,
        "version": claim.version,
        "site": claim.line.site,
        "order_id": claim.line.order_id,
        "line_id": claim.line.line_id,
        "buyer_id": claim.line.buyer_id,
        "seller_id": claim.line.seller_id,
        "product": claim.line.product,
        "reason": {"code": claim.reason.code, "group": claim.reason.group, "texts": REASONS[claim.reason.code].texts},
        "wanted": claim.wanted or None,
        "stage": claim.stage,
        "waiting_on": waiting_on(claim),
        "due_at": claim.due_at,
        "then": asdict(coming[0]) if coming else None,
        "needs_me": waiting_on(claim) == caller.actor,
        "priority": claim.priority,
        "total": money(claim, claim.total),
        "code": _code(claim),
        "impact": claim.verdict.impact,
        "opened_at": claim.opened_at,
        "updated_at": claim.updated_at,
    }


def event_view(event: Event, texts: dict[str, str | None], role: Role) -> Json:
    """An entry of the timeline. Auditors do not read what people wrote; the buyer is not told all of every step."""
    told = is_told(role, event.action)
    note, readable = event.note if told else None, role != Role.AUDITOR
    return {
        "sequence": event.sequence,
        "at": event.at,
        "action": event.action,
        "by": event.by,
        "person": event.person or None,
        "via": event.via,
        "stage": event.stage,
        "waiting_on": event.waiting_on,
        "due_at": event.due_at,
        "impact": event.impact,
        "input": {name: value for name, value in asdict(event.input).items() if value is not None and told},
        "effects": event.effects,
        "note": texts.get(note.id) if note and readable else None,
        "note_erased": note is not None and texts.get(note.id, "") is None,
        "note_digest": note.digest if note else None,
    }


def refusal_view(row: RefusalRow) -> Json:
    """A signal that the rules refused."""
    return {name: getattr(row, name) for name in ("at", "action", "by", "person", "code", "sentence")}


def exclusion_view(asked: Exclusion, now: datetime) -> Json:
    cause = CAUSES[asked.cause]
    return {
        "state": asked.state,
        "cause": {"code": cause.code, "texts": cause.texts},
        "asked_at": asked.asked_at,
        "due_at": asked.due_at,
        "overdue": asked.granted is None and now > asked.due_at,
        "decided_at": asked.decided_at,
    }


def money(claim: Claim, amount: int) -> Json:
    return {"amount": amount, "currency": claim.line.currency}


def _actions(claim: Claim, actor: Actor | None, now: datetime, outlook: Outlook | None) -> Json:
    if actor is None:
        return {"actions": [], "not_available": []}
    refused = [c for c in available(claim, actor, now) if not c.possible]
    return {
        "actions": [_action(claim, p, outlook) for p in prospects(claim, actor, now)],
        "not_available": [_why_not(c) for c in refused],
    }


def _code(claim: Claim) -> str | None:
    """The resolution, once there is one: a claim that was reopened has none yet."""
    return claim.code if decided(claim) and claim.code else None


def _action(claim: Claim, prospect: Prospect, outlook: Outlook | None) -> Json:
    choice, after = prospect.choice, prospect.after
    schema, example = input_schema(choice)
    return {
        "action": choice.action,
        "method": "POST",
        "href": f"/v1/claims/{claim.id}/actions/{choice.action}",
        "due_at": choice.due_at,
        "input": schema,
        "example": example,
        "effects": choice.effects,
        "then": {
            "stage": after.stage,
            "waiting_on": waiting_on(after),
            "due_at": after.due_at,
            "code": _code(after),
            "impact": after.verdict.impact,
            "refund": money(after, sum(r.amount for r in after.refunds[len(claim.refunds) :])),
            "reputation": effect_view(outlook, after),
        },
    }


def _why_not(choice: Choice) -> Json:
    return {"action": choice.action, "code": choice.code, "why": choice.sentence}


def _line(claim: Claim) -> Json:
    line = claim.line
    return {
        "product": line.product,
        "category": line.category,
        "quantity": line.quantity,
        "unit_price": money(claim, line.unit_price),
        "freight": money(claim, line.freight),
        "purchased_at": line.purchased_at,
        "promised_at": line.promised_at,
        "delivered_at": line.delivered_at,
        "cross_border": line.cross_border,
    }


def _amounts(claim: Claim) -> Json:
    return {
        "product": money(claim, claim.product_amount),
        "freight": money(claim, claim.freight_amount),
        "total": money(claim, claim.total),
        "refunded": money(claim, claim.paid),
    }


def _exclusion(claim: Claim, caller: Caller, now: datetime) -> Json | None:
    """Of no concern to the buyer."""
    return exclusion_view(claim.exclusion, now) if claim.exclusion and caller.role != Role.BUYER else None


def _outcome(claim: Claim) -> Json | None:
    if claim.open:
        return None
    return {
        "code": claim.code,
        "closed_by": claim.closed_by,
        "closed_at": claim.closed_at,
        "benefits": benefits(claim.code),
        "refunded": money(claim, claim.paid),
    }


def _offer(claim: Claim, offer: Offer) -> Json:
    return {
        "offer": offer.number,
        "percent": offer.percent,
        "amount": money(claim, offer.amount),
        "status": offer.status,
        "made_at": offer.made_at,
        "in_time": offer.in_time,
    }


def _return(claim: Claim, parcel: Return) -> Json:
    return {
        "id": return_id(claim.id, parcel.number),
        "number": parcel.number,
        "status": parcel.status,
        "granted_at": parcel.granted_at,
        "tracking_number": parcel.tracking_number or None,
        "label": f"/v1/claims/{claim.id}/return/label" if parcel.tracking_number else None,
    }


def _refund(claim: Claim, refund: Refund) -> Json:
    return {
        "refund": refund.number,
        "amount": money(claim, refund.amount),
        "status": refund.status,
        "requested_at": refund.requested_at,
        "tries": refund.tries,
        "by_hand": refund.by_hand,
    }
