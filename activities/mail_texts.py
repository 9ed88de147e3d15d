"""The words of notices by mail, in three languages. They name the claim and the date, never what people wrote."""

from collections.abc import Mapping
from datetime import datetime

_ACTIONS: dict[str, tuple[str, str, str]] = {  # action: en, es, pt
    "open": ("A claim was opened", "Se abrió un reclamo", "Uma reclamação foi aberta"),
    "guide": ("The seller explained how to use it", "El vendedor explicó el uso", "O vendedor explicou o uso"),
    "offer_partial_refund": ("A partial refund was offered", "Se ofreció un reembolso parcial",
                             "Um reembolso parcial foi oferecido"),
    "withdraw_offer": ("The offer was withdrawn", "La oferta fue retirada", "A oferta foi retirada"),
    "accept_offer": ("The offer was accepted", "La oferta fue aceptada", "A oferta foi aceita"),
    "decline_offer": ("The offer was declined", "La oferta fue rechazada", "A oferta foi recusada"),
    "expire_offer": ("The offer has expired", "La oferta venció", "A oferta expirou"),
    "escalate": ("A mediator was called", "Se llamó a un mediador", "Um mediador foi chamado"),
    "close": ("The claim was closed", "El reclamo fue cerrado", "A reclamação foi encerrada"),
    "refund": ("The whole amount is being refunded", "Se reembolsa el importe total",
               "O valor total está sendo reembolsado"),
    "grant_return": ("A return was granted", "Se concedió la devolución", "A devolução foi concedida"),
    "label_made": ("The return label is ready", "La etiqueta de devolución está lista",
                   "A etiqueta de devolução está pronta"),
    "ship": ("The parcel was handed over", "El paquete fue despachado", "O pacote foi postado"),
    "deliver": ("The return has arrived", "La devolución llegó", "A devolução chegou"),
    "accept_return": ("The return was accepted", "La devolución fue aceptada", "A devolução foi aceita"),
    "reject_return": ("The return was rejected", "La devolución fue rechazada", "A devolução foi recusada"),
    "cancel_return": ("The return was cancelled", "La devolución fue cancelada", "A devolução foi cancelada"),
    "request_evidence": ("The mediator asks for evidence", "El mediador pide pruebas", "O mediador pede provas"),
    "rule": ("The mediator has ruled", "El mediador resolvió", "O mediador decidiu"),
    "refunded": ("The refund has arrived", "El reembolso fue acreditado", "O reembolso foi creditado"),
    "refund_failed": ("The refund failed and is tried again", "El reembolso falló y se reintenta",
                      "O reembolso falhou e será tentado de novo"),
    "refund_bounced": ("The bank took a refund back; it is being looked after",
                       "El banco revirtió un reembolso; se está resolviendo",
                       "O banco reverteu um reembolso; está sendo resolvido"),
    "appeal": ("The outcome was appealed", "Se apeló el resultado", "O resultado foi contestado"),
    "ask_exclusion": ("An exclusion was asked for", "Se pidió una exclusión", "Uma exclusão foi pedida"),
    "decide_exclusion": ("A mediator decided on the exclusion that you asked for",
                         "Un mediador resolvió la exclusión que pediste",
                         "Um mediador decidiu sobre a exclusão que você pediu"),
    "message": ("You have a new message", "Tienes un mensaje nuevo", "Você tem uma nova mensagem"),
    "not_helped": ("The explanation did not help the buyer", "La explicación no le sirvió al comprador",
                   "A explicação não ajudou o comprador"),
    "reminder": ("An answer is due soon", "Pronto vence una respuesta", "Uma resposta vence em breve"),
}  # fmt: skip
_OTHER = ("The claim has moved on", "El reclamo avanzó", "A reclamação avançou")
_DUE = ("Due: {due} UTC ({waiting_on})", "Vence: {due} UTC ({waiting_on})", "Prazo: {due} UTC ({waiting_on})")
_COLUMN = {"en": 0, "es": 1, "pt": 2}


def letter(facts: Mapping[str, str], language: str, link: str) -> tuple[str, str]:
    """Subject and body of the mail for a notice; an unknown language reads English."""
    column = _COLUMN.get(language[:2], 0)
    subject = _ACTIONS.get(facts["action"], _OTHER)[column]
    lines = [subject + ".", _due(facts, column), link]
    return subject, "\n\n".join(line for line in lines if line) + "\n"


def _due(facts: Mapping[str, str], column: int) -> str:
    if not facts.get("due_at"):
        return ""
    due = f"{datetime.fromisoformat(facts['due_at']):%Y-%m-%d %H:%M}"
    return _DUE[column].format(due=due, waiting_on=facts.get("waiting_on", "")).replace(" ()", "")
