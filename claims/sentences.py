"""The verdict rules, what would change a verdict, and the resolutions, in words."""

from claims.model import Actor

VERDICTS: dict[str, dict[str, str]] = {  # by rule and language
    "reason_never_counts": {
        "en": "A claim for this reason never counts against the seller.",
        "es": "Un reclamo por este motivo nunca afecta al vendedor.",
        "pt": "Uma reclamação por este motivo nunca afeta o vendedor.",
    },
    "sent_by_platform": {
        "en": "The platform itself sent the goods; for this reason the claim does not count against the seller.",
        "es": "La plataforma misma envió el producto; por este motivo el reclamo no afecta al vendedor.",
        "pt": "A própria plataforma enviou o produto; por este motivo a reclamação não afeta o vendedor.",
    },
    "not_decided_yet": {
        "en": "Nothing is decided yet.",
        "es": "Todavía no hay nada decidido.",
        "pt": "Ainda não há nada decidido.",
    },
    "refunded_in_time": {
        "en": "The seller refunded in time, so the claim does not count.",
        "es": "El vendedor reembolsó a tiempo, así que el reclamo no afecta.",
        "pt": "O vendedor reembolsou a tempo, então a reclamação não afeta.",
    },
    "return_granted_in_time": {
        "en": "The seller granted the return in time, so the claim does not count.",
        "es": "El vendedor concedió la devolución a tiempo, así que el reclamo no afecta.",
        "pt": "O vendedor concedeu a devolução a tempo, então a reclamação não afeta.",
    },
    "fair_offer_in_time": {
        "en": "A fair offer was made in time, and the buyer has no more than it; the claim does not count.",
        "es": "Hubo una oferta justa a tiempo y el comprador no recibió más que eso; el reclamo no afecta.",
        "pt": "Houve uma oferta justa a tempo e o comprador não recebeu mais do que isso; a reclamação não afeta.",
    },
    "offer_in_time": {
        "en": "An offer was made in time, so the claim does not count.",
        "es": "Hubo una oferta a tiempo, así que el reclamo no afecta.",
        "pt": "Houve uma oferta a tempo, então a reclamação não afeta.",
    },
    "buyer_closed_in_time": {
        "en": "The buyer closed the claim in time, so it does not count.",
        "es": "El comprador cerró el reclamo a tiempo, así que no afecta.",
        "pt": "O comprador encerrou a reclamação a tempo, então ela não afeta.",
    },
    "buyer_closed": {
        "en": "The buyer closed the claim, so it does not count.",
        "es": "El comprador cerró el reclamo, así que no afecta.",
        "pt": "O comprador encerrou a reclamação, então ela não afeta.",
    },
    "opened_by_mistake": {
        "en": "The claim was opened by mistake, so it does not count.",
        "es": "El reclamo se abrió por error, así que no afecta.",
        "pt": "A reclamação foi aberta por engano, então não afeta.",
    },
    "ruled_for_seller": {
        "en": "The mediator ruled for the seller, so the claim does not count.",
        "es": "El mediador resolvió a favor del vendedor, así que el reclamo no afecta.",
        "pt": "O mediador decidiu a favor do vendedor, então a reclamação não afeta.",
    },
    "exclusion_granted": {
        "en": "A mediator excluded the claim from the seller's reputation, so it does not count.",
        "es": "Un mediador excluyó el reclamo de la reputación del vendedor, así que no afecta.",
        "pt": "Um mediador excluiu a reclamação da reputação do vendedor, então ela não afeta.",
    },
    "no_solution_in_time": {
        "en": "No solution came in time, so the claim counts against the seller.",
        "es": "No hubo solución a tiempo, así que el reclamo afecta al vendedor.",
        "pt": "Não houve solução a tempo, então a reclamação afeta o vendedor.",
    },
}
# What would change a verdict; {acts}, {until} and {amount} are filled in, in the same language.
CHANGES: dict[str, dict[str, str]] = {
    "act_in_time": {
        "en": "{acts} by {until} and it will not count.",
        "es": "{acts} hasta el {until} y no afectará.",
        "pt": "{acts} até {until} e ela não vai afetar.",
    },
    "outcome": {
        "en": "The time to protect yourself is over: now it counts unless the mediator rules for you or the buyer "
        "closes the claim as opened by mistake.",
        "es": "El plazo para protegerte terminó: ahora afecta, salvo que el mediador resuelva a tu favor o el "
        "comprador cierre el reclamo por haberlo abierto por error.",
        "pt": "O prazo para se proteger terminou: agora ela afeta, a menos que o mediador decida a seu favor ou o "
        "comprador encerre a reclamação por tê-la aberto por engano.",
    },
    "no_more_than_offer": {
        "en": "You offered {amount} in time: if the mediator awards no more than that, it will not count.",
        "es": "Ofreciste {amount} a tiempo: si el mediador no concede más que eso, no afectará.",
        "pt": "Você ofereceu {amount} a tempo: se o mediador não conceder mais do que isso, ela não vai afetar.",
    },
    "overruled": {
        "en": "It stays so unless you reject what comes back and the mediator awards the buyer everything.",
        "es": "Se mantiene así, salvo que rechaces lo devuelto y el mediador le conceda todo al comprador.",
        "pt": "Continua assim, a menos que você rejeite o que for devolvido e o mediador conceda tudo ao comprador.",
    },
    "offer_stands": {
        "en": "If the buyer takes your offer, or lets it lapse on {until}, it will not count.",
        "es": "Si el comprador acepta tu oferta, o la deja vencer el {until}, no afectará.",
        "pt": "Se o comprador aceitar sua oferta, ou a deixar vencer em {until}, ela não vai afetar.",
    },
    "appeal_of_the_buyer": {
        "en": "The buyer may appeal until {until}; then a mediator decides anew.",
        "es": "El comprador puede apelar hasta el {until}; entonces un mediador decide de nuevo.",
        "pt": "O comprador pode contestar até {until}; nesse caso um mediador decide de novo.",
    },
    "appeal_of_the_seller": {
        "en": "You may appeal until {until}; then a mediator decides anew.",
        "es": "Puedes apelar hasta el {until}; entonces un mediador decide de nuevo.",
        "pt": "Você pode contestar até {until}; nesse caso um mediador decide de novo.",
    },
    "exclusion_possible": {
        "en": "If it was not your doing, you may ask once that it be excluded; a mediator decides.",
        "es": "Si no fue por tu causa, puedes pedir una vez que se excluya; un mediador decide.",
        "pt": "Se não foi por sua causa, você pode pedir uma vez que ela seja excluída; um mediador decide.",
    },
    "exclusion_asked": {
        "en": "You asked that it be excluded: a mediator is to decide by {until}.",
        "es": "Pediste que se excluya: un mediador debe resolver hasta el {until}.",
        "pt": "Você pediu que ela seja excluída: um mediador deve decidir até {until}.",
    },
    "under_appeal": {
        "en": "An appeal is running: what was decided stands until the mediator has ruled.",
        "es": "Hay una apelación en curso: lo decidido vale hasta que el mediador resuelva.",
        "pt": "Há uma contestação em andamento: o que foi decidido vale até o mediador decidir.",
    },
}
ACTS: dict[str, dict[str, str]] = {  # what the seller may do to protect himself, as it is asked of him
    "refund": {"en": "refund", "es": "reembolsa", "pt": "reembolse"},
    "grant_return": {"en": "grant a return", "es": "concede la devolución", "pt": "conceda a devolução"},
    "offer_partial_refund": {"en": "make a fair offer", "es": "haz una oferta justa", "pt": "faça uma oferta justa"},
}
BENEFITS: dict[str, tuple[Actor, ...]] = {
    "payment_refunded": (Actor.BUYER,),
    "item_returned": (Actor.BUYER,),
    "coverage_decision": (Actor.BUYER,),
    "no_coverage": (Actor.SELLER,),
    "return_canceled": (Actor.SELLER,),
    "return_expired": (Actor.SELLER,),
    "timeout": (Actor.SELLER,),
    "partial_refunded": (Actor.BUYER, Actor.SELLER),
}


def benefits(code: str) -> tuple[Actor, ...]:
    """Whom a resolution benefits; what was settled between the two benefits both."""
    return BENEFITS.get(code, (Actor.BUYER, Actor.SELLER))
