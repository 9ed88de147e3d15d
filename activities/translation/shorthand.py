"""How people write in haste, and what they mean: words by language, lower case. Data only.

`WORDS` always means the same. `CARELESS` counts only in a sentence without a single accent, where the word as written
is more often the other one without its accent.
"""

import re

_PT = """
vc=você vcs=vocês voce=você voces=vocês ce=você cê=você ñ=não nn=não naum=não nao=não ñao=não q=que oq=o_que qe=que
pq=porque porq=porque pqe=porque tb=também tbm=também tmb=também tbem=também hj=hoje mto=muito mt=muito mta=muita
mtos=muitos mtas=muitas td=tudo tds=todos msm=mesmo qdo=quando qnd=quando qndo=quando qto=quanto qnto=quanto cmg=comigo
ctz=certeza obg=obrigado obgd=obrigado blz=tudo_bem vlw=obrigado agr=agora dps=depois ngm=ninguém
ngn=ninguém algm=alguém msg=mensagem msgs=mensagens qq=qualquer qqr=qualquer pfv=por_favor pf=por_favor pfvr=por_favor
pls=por_favor aki=aqui eh=é neh=né soh=só jah=já qro=quero qria=queria fzr=fazer fz=fazer kd=cadê cade=cadê ta=está
tá=está tava=estava tavam=estavam tô=estou tou=estou pra=para pras=para_as pro=para_o pros=para_os
nf=nota_fiscal cel=celular hrs=horas hr=hora nd=nada dnv=de_novo desd=desde add=adicionar prod=produto s/=sem c/=com
p/=para q/=que recebí=recebi iram=irão concerteza=com_certeza derrepente=de_repente ebola=embora encomoda=incomoda
orrivel=horrível orivel=horrível horivel=horrível pesimo=péssimo defeituozo=defeituoso atrazo=atraso atrazado=atrasado
atrazou=atrasou entrege=entregue intrega=entrega embalajem=embalagem conserteza=com_certeza resebi=recebi
recebir=recebi compreii=comprei agilisar=agilizar extorno=estorno pessimo=péssimo nunk=nunca pedio=pedido
"""
_PT_CARELESS = "to=estou"
_ES = """
q=que k=que ke=que xq=porque pq=porque porq=porque tb=también tmb=también tmbn=también tbn=también xfa=por_favor
xfavor=por_favor pf=por_favor porfa=por_favor d=de dnd=dónde bn=bien grax=gracias msj=mensaje msjs=mensajes aki=aquí
ud=usted uds=ustedes vd=usted nd=nada tdo=todo stoy=estoy toy=estoy x=por pa=para pal=para_el
"""
_ES_CARELESS = "llego=llegó compre=compré pague=pagué intente=intenté funciono=funcionó dejo=dejó"
_EN = """
pls=please plz=please thx=thanks tks=thanks tnx=thanks u=you ur=your dont=don't didnt=didn't doesnt=doesn't isnt=isn't
wasnt=wasn't arent=aren't havent=haven't hasnt=hasn't cant=can't couldnt=couldn't wouldnt=wouldn't im=I'm ive=I've i=I
thats=that's recieved=received recieve=receive wich=which becuase=because bcs=because bc=because w/=with w/o=without
"""


def _table(words: str) -> dict[str, str]:
    return {short: meant.replace("_", " ") for short, meant in (pair.split("=") for pair in words.split())}


WORDS = {"pt": _table(_PT), "es": _table(_ES), "en": _table(_EN)}
CARELESS = {"pt": _table(_PT_CARELESS), "es": _table(_ES_CARELESS), "en": {}}

# Decided by their neighbours. ALWAYS: whatever the sentence; PHRASES: only in sentences without a single accent.
_BEING = (
    r"\w+(?:ados?|adas?|idos?|idas?|ndo)|com|sem|em|no|na|muito|bem|mal|certo|certa|corret\w+|errad\w+|abert\w+|quebrad\w+|escrito"
    r"|escrita|tudo|aqui|pior|ok|me|horrível|péssim\w+|ruim|suj\w+|solt\w+|fora|dentro|a|o|para|há|igual|diferente"
)
_IS_PT = r"menor|maior|melhor|pior|diferente|igual|impossível|falso|falsa|original|inferior|muito|péssim\w+|horrível"
_SPOILT_ES = r"\w+(?:ado|ada|ados|adas|ido|ida|ndo|oto|ota)|en|con|sin|mal|muy|bien|abierto|abierta"
ALWAYS = {
    "pt": [
        (re.compile(r"\bnão e\b"), "não é"),
        (re.compile(r"(?<!rua )\bn(?= (?!XQZ)[^\W\d_])"), "não"),
        (re.compile(r"(?<!tamanho )(?<!modelo )(?<!tam )(?<!um )\bp(?= [^\W\d_]{3})"), "para"),  # a size as well
        (re.compile(r"(?<!tipo )(?<!usb )(?<!vitamina )\bc(?= [^\W\d_]{2})"), "com"),
        (re.compile(r"\bd(?= [^\W\d_]{2})"), "de"),
    ],
    "es": [],
    "en": [],
}
PHRASES = {
    "pt": [
        (re.compile(rf"\b(e)sta(?= (?:{_BEING})\b)", re.I), r"\1stá"),
        (re.compile(r"\b(não|nada|tudo|isso|onde|ainda) esta\b", re.I), r"\1 está"),
        (re.compile(r"\b(isso|isto|que|qual|ele|ela) e\b", re.I), r"\1 é"),
        (re.compile(rf"\be(?= (?:{_IS_PT})\b)"), "é"),
        (re.compile(r"^(p)orque\b", re.I), r"\1or que"),  # nobody begins with the answer
    ],
    "es": [
        (re.compile(rf"\b(e)sta(?= (?:{_SPOILT_ES})\b)", re.I), r"\1stá"),
        (re.compile(r"\b(no) esta\b", re.I), r"\1 está"),
    ],
    "en": [],
}
