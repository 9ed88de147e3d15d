"""Why a text is not delivered: a stable code, and a sentence for its author in each language."""

from dataclasses import dataclass

INSULT = "insult"
CONTACT = "contact_data"
LINK = "link"
PAYMENT = "payment_outside"
DISCOURAGED = "claim_discouraged"
CODES = (INSULT, CONTACT, LINK, PAYMENT, DISCOURAGED)

_TEXTS = {
    INSULT: {
        "en": "It insults a person{found}.",
        "es": "Insulta a una persona{found}.",
        "pt": "Ofende uma pessoa{found}.",
    },
    CONTACT: {
        "en": "It gives or asks for contact data{found}; talk here, where both sides are protected.",
        "es": "Da o pide datos de contacto{found}; hablen aquí, donde ambas partes están protegidas.",
        "pt": "Passa ou pede dados de contato{found}; conversem por aqui, onde os dois lados estão protegidos.",
    },
    LINK: {
        "en": "It leads to another site{found}; describe it in words or attach a photo.",
        "es": "Lleva a otro sitio{found}; descríbelo con palabras o adjunta una foto.",
        "pt": "Leva a outro site{found}; descreva com palavras ou anexe uma foto.",
    },
    PAYMENT: {
        "en": "It proposes a payment outside the marketplace{found}; money moves only through the claim.",
        "es": "Propone un pago fuera de la plataforma{found}; el dinero pasa solo por el reclamo.",
        "pt": "Propõe um pagamento fora da plataforma{found}; o dinheiro passa só pela reclamação.",
    },
    DISCOURAGED: {
        "en": "It presses the buyer not to open a claim, or to close it{found}; that is the buyer's decision.",
        "es": "Presiona al comprador para que no abra un reclamo o lo cierre{found}; eso lo decide el comprador.",
        "pt": "Pressiona o comprador a não abrir uma reclamação ou a fechá-la{found}; quem decide é o comprador.",
    },
}
_OTHER = {
    "en": "It breaks the rules of the conversation{found}.",
    "es": "No cumple las reglas de la conversación{found}.",
    "pt": "Não segue as regras da conversa{found}.",
}
_MEND = {
    "en": "The message was not delivered. {why} Please edit it and send it again.",
    "es": "El mensaje no fue entregado. {why} Edítalo y envíalo de nuevo.",
    "pt": "A mensagem não foi entregue. {why} Edite e envie de novo.",
}


@dataclass(frozen=True)
class Reason:
    code: str  # one of CODES, or an outside moderator's own
    found: str = ""  # the offending piece as written, at most 60 characters
    said: str = ""  # an outside moderator's own sentence, instead of ours

    def sentence(self, language: str) -> str:
        """For the author: what was found, and how to mend it. In English where we do not speak the language."""
        language = language if language in _MEND else "en"
        found = f": “{self.found}”" if self.found else ""
        why = self.said or _TEXTS.get(self.code, _OTHER)[language].format(found=found)
        return _MEND[language].format(why=why)
