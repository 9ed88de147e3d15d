"""Mail addresses, telephone numbers and handles, in any language; order ids, dates, amounts and invoices are none."""

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

from claims.moderation.reading import Text

Span = tuple[int, int]  # from where to where, in `Text.folded`

_MAILS = (
    re.compile(r"(?<![a-z0-9._%+-])[a-z0-9._%+-]++@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}"),
    re.compile(r"[a-z0-9] ?[\[({<] ?(?:at|arroba|@) ?[\])}>] ?[a-z0-9]++"),
    re.compile(r"(?<![a-z])arroba [a-z0-9]++ ?(?:\.|ponto|punto|dot) ?[a-z]++"),
    re.compile(r"(?<![a-z])at [a-z0-9-]++ (?:ponto|punto|dot) [a-z]++"),
    re.compile(r"(?:(?<![a-z])(?:arroba|at) |@ ?)(?:gmail|hotmail|outlook|yahoo|uol|bol|icloud|protonmail)(?![a-z])"),
)
_HANDLE = re.compile(r"(?<![a-z0-9._%+@/-])@(?=[a-z0-9_.]*[a-z])[a-z0-9_.]{3,30}")
_ROLES = frozenset("@vendedor @vendedora @comprador @seller @buyer @mediador @mediator @todos @all @suporte".split())

_DIGITS = re.compile(r"(?<![a-z0-9$@])[+(]{0,2}\d(?:[ ().\-]{0,3}\d)*+")
_TOLL_FREE = re.compile(r"(?:0[38]00|1?800)")
_NEAR = 48  # letters before a number that say what it is
_AFTER = 16
_TELEPHONE = re.compile(
    r"(?<![a-z])(?:tel|fone|telefon[eo]|phone|cel|celular|cell|mobile|movil|whats?|whats ?app|wpp|wsp|wasap|zap|zapzap"
    r"|lig(?:a|ue|ar|uei)|cham[ae]|call|text|ring|reach|llam[ae](?:me|r|nos)?|escrib[ei](?:me|nos)?|contacta(?:me|r)?"
    r"|contat[eo]|contacto|my number|meu numero|mi numero|ddd|fala|fale)(?![a-z])"
)
_NO_TELEPHONE = re.compile(
    r"(?<![a-z])(?:pedidos?|orden|ordem|order|compra|nota|nf-?e?|fiscal|factura|invoice|rastreio|rastreamento|rastro"
    r"|codigos?|code|tracking|seguimiento|guia|protocolo|imei|seri[ea]l?|sku|ean|barras|cpf|cnpj|cep|rg|dni|cuit|cuil|ruc|nit"
    r"|curp|rfc|lote|ref|referencia|reference|id|boleto|claim|reclamacao|reclamo|ticket|chamado|anuncio|listing|mlb|modelo"
    r"|model|agencia|conta|cuenta|cbu|clabe|iban|account|chave|nsu|autorizacao|upc|isbn|asin|parcela|cartao|tarjeta|card"
    r"|case|caso|cp|zip|sedex|correios|envio|shipment|produto|product|producto)(?![a-z])"
)
_SPOKEN = {
    **dict.fromkeys(
        """zero um uma dois duas tres quatro cinco seis meia sete oito nove cero uno dos cuatro siete ocho nueve oh one
        two three four five six seven eight nine""".split(),
        1,
    ),
    **dict.fromkeys(
        """dez onze doze treze quatorze catorze quinze dezesseis dezessete dezoito dezenove vinte trinta
        quarenta cinquenta sessenta setenta oitenta noventa diez once doce trece catorce quince ten
        eleven twelve thirteen fifteen""".split(),
        2,
    ),
}


def contacts(text: Text, own_hosts: frozenset[str]) -> Iterator[Span]:
    """An address at one of `own_hosts` is the marketplace's, and no contact."""
    for pattern in _MAILS:
        yield from (found.span() for found in pattern.finditer(text.folded) if not _own(found[0], own_hosts))
    yield from (found.span() for found in _HANDLE.finditer(text.folded) if found[0].rstrip(".") not in _ROLES)
    yield from (found.span() for found in _DIGITS.finditer(text.folded) if _is_telephone(text.folded, found))
    yield from _spoken(text)


def _own(mail: str, own_hosts: frozenset[str]) -> bool:
    return mail.rpartition("@")[2] in own_hosts


def _is_telephone(folded: str, found: re.Match[str]) -> bool:
    written = found[0]
    groups = re.findall(r"\d+", written)
    digits = "".join(groups)
    if not 8 <= len(digits) <= 15 or _TOLL_FREE.match(digits) or _amount(folded, found) or _progression(groups):
        return False
    said = _said_to_be(folded, found)
    if said is None:
        return _looks_like_one(written, groups)
    return said and len(digits) <= 14 and not _order_id(groups)


def _amount(folded: str, found: re.Match[str]) -> bool:
    return folded[max(0, found.start() - 3) : found.start()].rstrip()[-1:] in tuple("$€£") or folded[
        found.end() : found.end() + 1
    ] in tuple("/%")


def _progression(groups: list[str]) -> bool:
    """`34 36 38 40 42`: sizes, not a number."""
    return len(groups) > 3 and len({int(after) - int(before) for before, after in pairwise(groups)} - {-1}) == 1


def _order_id(groups: list[str]) -> bool:
    """Eleven digits in a row are a Brazilian mobile only with a 9 in third place: `celular 45678912345` is none."""
    return len(groups) == 1 and len(groups[0]) == 11 and groups[0][2] != "9" and groups[0][:2] not in ("54", "52", "57")


def _said_to_be(folded: str, found: re.Match[str]) -> bool | None:
    """Whether the nearest word that could name the number names a telephone; None when nothing names it."""
    before = folded[max(0, found.start() - _NEAR) : found.start()]
    telephone, other = _last(_TELEPHONE, before), _last(_NO_TELEPHONE, before)
    if telephone != other:
        return telephone > other
    after = folded[found.end() : found.end() + _AFTER]
    return True if _TELEPHONE.search(after) else None


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((found.start() for found in pattern.finditer(text)), default=-1)


def _looks_like_one(written: str, groups: list[str]) -> bool:
    """Without a word that names it, only what is written as telephone numbers are."""
    if written.startswith("+") or (re.match(r"\(\+?\d{2,4}\)", written) and len("".join(groups)) <= 13):
        return True
    if sum(len(group) == 1 for group in groups) >= 6 and max(map(len, groups)) <= 2:
        return True
    lengths = tuple(map(len, groups))
    mobile = groups[-2:-1] and len(groups[-2]) == 5 and groups[-2][0] == "9" and lengths[-1] == 4
    if mobile and (len(groups) > 2 or "-" in written):
        return True
    if lengths == (2, 1, 4, 4) and groups[1] == "9":
        return True
    return lengths in ((3, 3, 4), (2, 4, 4), (3, 4, 4)) and written.count("-") >= 1 and "." not in written


def _spoken(text: Text) -> Iterator[Span]:
    """`onze nove 8 sete...`: eight digits or more in a row, at least three of them as words."""
    words = [(word, span) for word, span in zip(text.phrases.split(), text.spans, strict=True)]
    for numeric, run in groupby(words, lambda item: item[0] in _SPOKEN or (item[0].isdigit() and len(item[0]) < 6)):
        items = list(run)
        if not numeric or sum(word in _SPOKEN for word, _ in items) < 3:
            continue
        if sum(_SPOKEN.get(word) or len(word) for word, _ in items) >= 8:
            yield items[0][1][0], items[-1][1][1]
