"""The causes for which a seller may ask that a claim be left out of the reputation, in three languages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """`texts`: what the seller says happened; `evidence`: what would show it. Both by language."""

    code: str
    texts: dict[str, str]
    evidence: dict[str, str]


def _cause(code: str, texts: tuple[str, str, str], evidence: tuple[str, str, str]) -> Cause:
    return Cause(code, _by_language(*texts), _by_language(*evidence))


def _by_language(en: str, es: str, pt: str) -> dict[str, str]:
    return {"en": en, "es": es, "pt": pt}


_ALL = (
    _cause("carrier_damage",
           ("The carrier damaged the parcel", "El transportista dañó el paquete",
            "A transportadora danificou o pacote"),
           ("Photos of the parcel, the carrier's report", "Fotos del paquete, el informe del transportista",
            "Fotos do pacote, o relatório da transportadora")),
    _cause("carrier_loss",
           ("The carrier lost the parcel or delivered it late", "El transportista perdió el paquete o lo entregó tarde",
            "A transportadora extraviou o pacote ou o entregou com atraso"),
           ("The tracking, the carrier's answer", "El seguimiento del envío, la respuesta del transportista",
            "O rastreamento, a resposta da transportadora")),
    _cause("wrong_address",
           ("The buyer gave a wrong address or was not there to receive it",
            "El comprador dio una dirección incorrecta o no estaba para recibirlo",
            "O comprador informou um endereço errado ou não estava lá para receber"),
           ("The tracking, the address as it was given", "El seguimiento del envío, la dirección tal como fue indicada",
            "O rastreamento, o endereço tal como foi informado")),
    _cause("buyer_misuse",
           ("The buyer used the product wrongly", "El comprador usó mal el producto",
            "O comprador usou o produto de forma errada"),
           ("Photos of the product, its instructions", "Fotos del producto, sus instrucciones",
            "Fotos do produto, suas instruções")),
    _cause("buyer_fraud",
           ("The buyer deceived: another product came back, or nothing was wrong",
            "El comprador actuó de mala fe: devolvió otro producto, o no había ninguna falla",
            "O comprador agiu de má-fé: devolveu outro produto, ou não havia nada de errado"),
           ("Photos of what came back, serial numbers", "Fotos de lo que volvió, números de serie",
            "Fotos do que voltou, números de série")),
    _cause("wrong_reason",
           ("The claim was opened for a reason that does not apply",
            "El reclamo se abrió por un motivo que no corresponde",
            "A reclamação foi aberta por um motivo que não se aplica"),
           ("The listing, the conversation with the buyer", "La publicación, la conversación con el comprador",
            "O anúncio, a conversa com o comprador")),
    _cause("platform_outage",
           ("The platform was down or made a mistake", "La plataforma no funcionaba o cometió un error",
            "A plataforma estava fora do ar ou cometeu um erro"),
           ("Screenshots with date and time", "Capturas de pantalla con fecha y hora",
            "Capturas de tela com data e hora")),
    _cause("force_majeure",
           ("Something nobody could prevent: a disaster, a strike, a blockade",
            "Algo que nadie podía evitar: un desastre, una huelga, un bloqueo",
            "Algo que ninguém poderia evitar: um desastre, uma greve, um bloqueio"),
           ("News or a certificate that names place and date", "Noticias o un certificado que indique lugar y fecha",
            "Notícias ou um certificado que indique lugar e data")),
    _cause("other",
           ("Another cause", "Otra causa", "Outra causa"),
           ("Whatever shows it", "Lo que lo demuestre", "O que o demonstre")),
)  # fmt: skip
CAUSES: dict[str, Cause] = {cause.code: cause for cause in _ALL}
