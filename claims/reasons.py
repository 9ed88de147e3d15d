"""The catalogue of reasons: what a buyer may say is wrong, in three languages, and what each allows."""

from dataclasses import dataclass

from claims.policy import ReasonTerms

LANGUAGES = ("en", "es", "pt")


@dataclass(frozen=True)
class Reason:
    terms: ReasonTerms
    tag: str  # not_received | not_working | damaged | incomplete | different | repentant
    texts: dict[str, str]  # by language
    photo: str = "none"  # needed | helpful | none: whether it should be seen; no claim is refused for want of one

    @property
    def solutions(self) -> tuple[str, ...]:
        """What a claim for this reason may end in, by agreement."""
        partial = ("partial_refund",) if self.terms.offer else ()
        return ("guidance", *partial, "total_refund", *(("return",) if self.terms.returns else ()))


def _reason(code: str, group: str, tag: str, en: str, es: str, pt: str) -> Reason:
    goods = group != "not_received"
    terms = ReasonTerms(
        code=code,
        group=group,
        counts=group != "remorse",
        offer=goods,
        returns=goods,
        freight=group != "remorse",
    )
    return Reason(terms, tag, {"en": en, "es": es, "pt": pt}, _photo(code))


def _photo(code: str) -> str:
    if code in _SEEN:
        return "needed"
    return "helpful" if code in _SEEN_PERHAPS else "none"


_SEEN = ("damaged", "different", "not_original")
_SEEN_PERHAPS = ("incomplete", "not_working", "not_as_described")
_ALL = (
    _reason("not_received", "not_received", "not_received",
            "The product has not arrived", "El producto no llegó", "O produto não chegou"),
    _reason("not_working", "product", "not_working",
            "The product is defective or does not work", "El producto tiene fallas o no funciona",
            "O produto tem defeito ou não funciona"),
    _reason("damaged", "product", "damaged",
            "The product arrived damaged", "El producto llegó dañado", "O produto chegou danificado"),
    _reason("incomplete", "product", "incomplete",
            "Parts or pieces are missing", "Faltan piezas o partes", "Faltam peças ou partes"),
    _reason("different", "product", "different",
            "It is another product than the one I bought", "Es un producto distinto del que compré",
            "É um produto diferente do que comprei"),
    _reason("not_as_described", "product", "different",
            "The product is not as described", "El producto no es como se describe",
            "O produto não é como descrito"),
    _reason("not_original", "product", "different",
            "The product is not an original", "El producto no es original", "O produto não é original"),
    _reason("does_not_fit", "remorse", "repentant",
            "It does not fit me or is not what I need", "No me queda bien o no es lo que necesito",
            "Não serve em mim ou não é o que preciso"),
    _reason("changed_mind", "remorse", "repentant",
            "I no longer want it", "Ya no lo quiero", "Não quero mais"),
)  # fmt: skip
REASONS: dict[str, Reason] = {reason.terms.code: reason for reason in _ALL}
