"""The claims of the demonstration, told in the buyer's language: what is wrong, and what everybody did about it."""

from typing import Any, NamedTuple


class Act(NamedTuple):
    """Somebody with this role acts; the carrier brings news of the parcel, and for the platform see demo.py."""

    by: str
    action: str
    given: dict[str, Any]


class Story(NamedTuple):
    order_id: str
    reason: str
    message: str
    acts: tuple[Act, ...] = ()
    quantity: int = 1
    wanted: str = ""

    def opening(self) -> dict[str, Any]:
        """As the API takes it."""
        names = ("order_id", "reason", "quantity", "wanted", "message")
        return {name: getattr(self, name) for name in names}


def buyer(action: str, **given: Any) -> Act:
    return Act("buyer", action, given)


def seller(action: str, **given: Any) -> Act:
    return Act("seller", action, given)


def mediator(action: str, **given: Any) -> Act:
    return Act("mediator", action, given)


def carrier(kind: str) -> Act:
    return Act("carrier", kind, {})


def bank(fault: str) -> Act:
    return Act("platform", "fault", {"fault": fault})


SILENCE = Act("platform", "fast-forward", {"hours": 73})  # the seller's window passes
GRANT = seller("grant_return")

STORIES = (
    # negotiation
    Story("demo-1001", "not_working", "La lámpara llegó bien empacada, pero no enciende ni con otro foco."),
    Story("demo-1002", "different", "Pedí los audífonos negros y llegaron unos blancos de otro modelo.", (
        seller("offer_partial_refund", percent=30, note="¿Se queda con ellos si le devolvemos el 30 %?"),)),
    Story("demo-1003", "damaged", "Duas panelas chegaram lascadas.", (
        seller("offer_partial_refund", percent=20, note="Podemos devolver 20 % pelas duas panelas."),
        buyer("decline_offer", offer=1, note="É pouco: são duas de cinco panelas.")), wanted="partial_refund"),
    Story("demo-1017", "damaged", "El reloj llegó con el vidrio roto.", (
        seller("offer_partial_refund", percent=50, note="Le devolvemos la mitad y usted cambia el vidrio."),
        buyer("decline_offer", offer=1, note="Un vidrio curvo no se consigue aquí."),
        seller("offer_partial_refund", percent=70, note="Le proponemos el 70 %."))),

    # return
    Story("demo-1004", "not_as_described", "El bolso es de cuero sintético y no de cuero vacuno.", (
        GRANT,), wanted="return"),
    Story("demo-1005", "incomplete", "A la carpa le faltan las estacas y una varilla.", (GRANT, carrier("shipped"))),
    Story("demo-1006", "does_not_fit", "Both organizers are too deep for my shelf; I would like to send one back.", (
        GRANT, carrier("shipped"), carrier("delivered"))),

    # mediation
    Story("demo-1007", "not_received", "A cafeteira nunca chegou e o rastreio não muda há uma semana.", (SILENCE,)),
    Story("demo-1008", "not_original", "El sello de la bocina está mal impreso; no parece original.", (
        SILENCE,
        mediator("request_evidence", party="buyer", note="Por favor envíe una foto del número de serie."))),

    # settling: the bank declined once, and is asked again when its day has passed
    Story("demo-1009", "damaged", "The skillet arrived cracked right across the base.", (
        bank("declined"),
        seller("refund", note="Sorry about that. You have your money back."))),

    # closed, in each way
    Story("demo-1010", "not_working", "La tapa de la botella gotea.", (
        seller("guide", note="Gire la tapa hasta oír un clic; la goma debe quedar plana."),
        buyer("close", code="seller_explained_functions", note="Era eso, ya no gotea."))),
    Story("demo-1011", "damaged", "A base da luminária veio riscada.", (
        seller("offer_partial_refund", percent=40, note="Sentimos muito. Devolvemos 40 % e a luminária fica com você."),
        buyer("accept_offer", offer=1))),
    Story("demo-1012", "different", "Recibí un cinturón marrón y no negro.", (
        seller("refund", note="Fue un error nuestro: le devolvemos todo."),)),
    Story("demo-1013", "not_as_described", "El espejo mide 60 cm y no 80.", (
        GRANT, carrier("shipped"), carrier("delivered"),
        seller("accept_return", note="El espejo llegó en buen estado."))),
    Story("demo-1014", "not_working", "El seguro de un bastón no se sostiene.", (
        SILENCE,
        mediator("rule", amount=39990, note="El vendedor no respondió; se devuelve el precio."))),
    Story("demo-1015", "not_as_described", "The blanket is thinner than I expected.", (
        SILENCE,
        mediator("rule", amount=0, note="Weight and size are as listed on the product's page."))),

    # an appeal
    Story("demo-1016", "not_original", "Os tênis parecem falsificados: a costura é diferente.", (
        SILENCE,
        mediator("rule", amount=0, note="A nota fiscal do vendedor mostra a origem."),
        buyer("appeal", note="O fabricante confirmou por escrito que o número de série não existe."))),
)  # fmt: skip
