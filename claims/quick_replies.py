"""Quick replies: what sellers often write, by reason and language. The house's own, and how any is filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from claims.inputs import NOTE_LIMIT
from claims.reasons import LANGUAGES

MOST_OWN = 100  # of one seller
PLACEHOLDERS = ("buyer", "product", "order")
_PLACE = re.compile(r"(?P<before>,? )?\{(?P<name>buyer|product|order)\}")


@dataclass(frozen=True)
class QuickReply:
    """`reasons`: the codes that it is for; none: for all. `texts`: by language, at least in one."""

    name: str
    reasons: tuple[str, ...]
    texts: Mapping[str, str]

    def suits(self, reason: str | None) -> bool:
        return reason is None or not self.reasons or reason in self.reasons

    def in_language(self, wanted: str) -> tuple[str, str]:
        """The language nearest to the wanted one that there is, and the text."""
        found = wanted if wanted in self.texts else next(each for each in LANGUAGES if each in self.texts)
        return found, self.texts[found]


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The text with what is known in place of {buyer}, {product} and {order}; a name that nobody knows is left out."""

    def fact(place: re.Match[str]) -> str:
        known = facts.get(place["name"], "")
        return f"{place['before'] or ''}{known}" if known else ""

    return _PLACE.sub(fact, text)[:NOTE_LIMIT]


_ARRIVED = ("not_working", "damaged", "incomplete", "different", "not_as_described", "not_original",
            "does_not_fit", "changed_mind")  # fmt: skip


def _reply(name: str, reasons: tuple[str, ...], en: str, es: str, pt: str) -> QuickReply:
    return QuickReply(name, reasons, {"en": en, "es": es, "pt": pt})


HOUSE = (
    _reply("looking_into_it", (),
           "Hello {buyer}, thank you for telling me about order {order}. I am looking into it and will write to you "
           "here as soon as I know more.",
           "Hola {buyer}, gracias por avisarme sobre el pedido {order}. Lo estoy revisando y te escribo por aquí en "
           "cuanto sepa más.",
           "Olá {buyer}, obrigado por me avisar sobre o pedido {order}. Estou verificando e escrevo por aqui assim "
           "que souber mais."),
    _reply("sorry", (),
           "I am sorry that your order ({product}) did not go as it should. I would like to put it right.",
           "Lamento que tu compra ({product}) no haya salido como debía. Quiero resolverlo.",
           "Sinto muito que a sua compra ({product}) não tenha saído como deveria. Quero resolver isso."),
    _reply("anything_else", (),
           "Thank you for your patience, {buyer}. If anything is still not right, write to me here.",
           "Gracias por tu paciencia, {buyer}. Si todavía queda algo por resolver, escríbeme por aquí.",
           "Obrigado pela paciência, {buyer}. Se ainda faltar resolver alguma coisa, escreva por aqui."),
    _reply("tracking", ("not_received",),
           "I have looked at the tracking of order {order} and am asking the carrier where the parcel is. I will tell "
           "you here what they say.",
           "Revisé el seguimiento del pedido {order} y le estoy preguntando al transportista dónde está el paquete. "
           "Te cuento por aquí lo que respondan.",
           "Verifiquei o rastreamento do pedido {order} e estou perguntando à transportadora onde está o pacote. "
           "Conto por aqui o que responderem."),
    _reply("somebody_took_it_in", ("not_received",),
           "Could you ask at home, at the front desk and next door whether somebody took the parcel in? Carriers "
           "sometimes leave it there.",
           "¿Podrías preguntar en casa, en la portería y a tus vecinos si alguien recibió el paquete? A veces lo "
           "dejan ahí.",
           "Você poderia perguntar em casa, na portaria e aos vizinhos se alguém recebeu o pacote? Às vezes ele é "
           "deixado lá."),
    _reply("refund_if_it_is_lost", ("not_received",),
           "If the parcel of order {order} cannot be found, I will refund the whole amount in this claim.",
           "Si el paquete del pedido {order} no aparece, te reembolso el total en este reclamo.",
           "Se o pacote do pedido {order} não for encontrado, reembolso o valor total nesta reclamação."),
    _reply("ask_for_photo", ("damaged", "different", "not_as_described", "not_original"),
           "Could you send me a photo of the product and one of its packaging here? With them I can offer you a "
           "solution sooner.",
           "¿Podrías enviarme por aquí una foto del producto y otra del embalaje? Con ellas puedo ofrecerte una "
           "solución más rápido.",
           "Você poderia me enviar por aqui uma foto do produto e outra da embalagem? Com elas consigo oferecer uma "
           "solução mais rápido."),
    _reply("ask_what_happens", ("not_working",),
           "What happens when you use the product ({product}): does it start, is there a light, a sound or a "
           "message? A photo helps, too.",
           "¿Qué pasa cuando usas el producto ({product}): enciende, muestra alguna luz, algún sonido o algún aviso? "
           "Una foto también ayuda.",
           "O que acontece quando você usa o produto ({product}): ele liga, aparece alguma luz, algum som ou algum "
           "aviso? Uma foto também ajuda."),
    _reply("explain_first", ("not_working",),
           "Often it is only a setting. I am going to explain step by step what to try; please tell me afterwards "
           "whether it helped.",
           "Muchas veces es solo un ajuste. Te voy a explicar paso a paso qué probar; después dime si te sirvió.",
           "Muitas vezes é só um ajuste. Vou explicar passo a passo o que tentar; depois me diga se ajudou."),
    _reply("ask_what_is_missing", ("incomplete",),
           "Which parts are missing? A photo of all that was in the box helps me to see it.",
           "¿Qué piezas faltan? Una foto de todo lo que venía en la caja me ayuda a verlo.",
           "Quais peças estão faltando? Uma foto de tudo o que veio na caixa me ajuda a entender."),
    _reply("look_again", ("incomplete",),
           "Small parts are sometimes inside the foam or under the cardboard. Could you look into the box once more? "
           "If anything is missing, I will put it right.",
           "Las piezas pequeñas a veces quedan dentro de la espuma o debajo del cartón. ¿Podrías revisar la caja una "
           "vez más? Si falta algo, lo resuelvo.",
           "As peças pequenas às vezes ficam dentro da espuma ou embaixo do papelão. Você poderia olhar a caixa mais "
           "uma vez? Se faltar algo, eu resolvo."),
    _reply("return_or_keep", ("damaged", "different", "not_as_described"),
           "I am sorry, that is not what you paid for. Would you rather return it and have your money back, or keep "
           "it and have a part of the price back?",
           "Lo siento, eso no es lo que pagaste. ¿Prefieres devolverlo y recuperar tu dinero, o quedártelo y recibir "
           "una parte del precio?",
           "Sinto muito, não foi por isso que você pagou. Prefere devolver e receber o dinheiro de volta, ou ficar "
           "com ele e receber uma parte do preço?"),
    _reply("where_it_comes_from", ("not_original",),
           "What makes you doubt that it is an original? I can show you here where the product ({product}) comes "
           "from.",
           "¿Qué te hace dudar de que sea original? Puedo mostrarte por aquí de dónde viene el producto ({product}).",
           "O que faz você duvidar de que seja original? Posso mostrar por aqui de onde vem o produto ({product})."),
    _reply("ask_for_size", ("does_not_fit",),
           "What does not fit, and what would you need instead? If it is of no use to you, you can return it.",
           "¿Qué es lo que no te queda bien y qué necesitarías? Si no te sirve, puedes devolverlo.",
           "O que não serviu e do que você precisaria? Se não for útil para você, pode devolver."),
    _reply("keep_it_unused", ("does_not_fit", "changed_mind"),
           "That is no problem. Please leave the product unused and in its packaging; I will grant the return here.",
           "No hay problema. Por favor, deja el producto sin uso y en su embalaje; autorizo la devolución por aquí.",
           "Sem problema. Por favor, deixe o produto sem uso e na embalagem; autorizo a devolução por aqui."),
    _reply("explain_return", _ARRIVED,
           "This is how the return works: I grant it here, and you get a label. Pack the product with all that came "
           "with it, put the label on and hand the parcel over by the date in this claim. Once it has arrived and is "
           "in order, your refund follows.",
           "Así funciona la devolución: la autorizo por aquí y recibes una etiqueta. Empaca el producto con todo lo "
           "que traía, pega la etiqueta y despacha el paquete antes de la fecha que ves en este reclamo. Cuando "
           "llegue y esté en orden, te reembolso.",
           "A devolução funciona assim: eu autorizo por aqui e você recebe uma etiqueta. Embale o produto com tudo o "
           "que veio com ele, cole a etiqueta e poste o pacote até a data que aparece nesta reclamação. Quando "
           "chegar e estiver em ordem, você recebe o reembolso."),
    _reply("offer_part", _ARRIVED,
           "If you would like to keep the product, I can refund a part of the price. You will see my offer in this "
           "claim, and can accept or decline it there.",
           "Si quieres quedarte con el producto, puedo reembolsarte una parte del precio. Verás mi oferta en este "
           "reclamo y ahí puedes aceptarla o rechazarla.",
           "Se você quiser ficar com o produto, posso reembolsar uma parte do preço. Você verá a minha oferta nesta "
           "reclamação e pode aceitar ou recusar por lá."),
)  # fmt: skip
