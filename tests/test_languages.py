"""In which language somebody wrote: the text counts from three words on and when it is clear, else the profile."""

import pytest

from activities.translation.languages import Detected, detect

LINES = {
    "pt": """
nao recebi o produto ate agora
o produto veio com defeito
chegou quebrado e faltando peças
quero meu dinheiro de volta
vc pode me mandar o rastreio
nao chegou ainda
ja tentei contato varias vezes
a loja nao responde ninguem
produto diferente do anunciado
comprei dois e veio so um
PRODUTO NAO FOI ENTREGUE
QUERO TROCAR POR OUTRO TAMANHO
pessimo atendimento da loja
a entrega atrasou muito
gostaria de cancelar a compra
qual o prazo de entrega
o tamanho ficou pequeno
nao gostei do material
obrigado pela atencao
bom dia tudo bem
boa tarde, alguma novidade?
nota fiscal nao veio
caixa aberta e amassada
o celular nao liga
falta uma peça na caixa
""",
    "es": """
no recibi el producto hasta ahora
el producto vino con defecto
llego roto y faltan piezas
quiero mi dinero de vuelta
me puede mandar el numero de rastreo
todavia no llego mi pedido
ya intente contactarlos varias veces
la tienda no responde a nadie
producto diferente al anunciado
compre dos y vino solo uno
EL PRODUCTO NO FUE ENTREGADO
QUIERO CAMBIAR POR OTRO TALLE
pesima atencion de la tienda
la entrega se atraso mucho
quisiera cancelar la compra
cual es el plazo de entrega
el tamaño es muy chico
no me gusto el material
gracias por la atencion
buenos dias todo bien
buenas tardes, hay novedades?
la factura no vino
la caja estaba abierta y golpeada
el celular no enciende
falta una pieza en la caja
""",
    "en": """
i have not received the product yet
the product came broken
it arrived damaged and parts are missing
i want my money back
can u send me the tracking number
still not here
tried to contact u several times
the store does not answer
different from the listing
bought two and got only one
ITEM WAS NEVER DELIVERED
WANT TO EXCHANGE IT FOR ANOTHER SIZE
terrible service by the store
the delivery is very late
i would like to cancel the order
how long does it take
the size is too small
dont like the material
thanks for your help
good morning, any news?
we are sorry for the delay
please send us a photo
the invoice did not come
the box was open and dented
a piece is missing in the box
""",
}
TABLE = [(line, language) for language, lines in LINES.items() for line in lines.strip().splitlines()]


@pytest.mark.parametrize("profile", ["en", "es", "pt"])
def test_short_and_hasty_lines_are_told_apart(profile: str) -> None:
    """Whatever the profile says: at least 72 of the 75, and none in the profile's own language is taken for another."""
    wrong = {line: found for line, language in TABLE if (found := detect(line, profile).language) != language}
    assert len(wrong) <= 3, wrong
    assert not [line for line, language in TABLE if line in wrong and language == profile]


@pytest.mark.parametrize(
    "text",
    ["ok", "muito obrigado", "where is", "", "😡😡😡", "R$ 20,00 12345 clm_8f2k",
     "https://loja.example/o-produto-nao-chegou ok", "12/05 14:30 3x 50 %", "ana.silva@mail.com.br (11) 98765-4321"],
)  # fmt: skip
def test_what_says_too_little_is_in_the_language_of_the_profile(text: str) -> None:
    for profile in ("en", "es", "pt"):
        assert detect(text, profile) == Detected(profile, "profile")
