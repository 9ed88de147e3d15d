"""The rules in Spanish. How the lines are written: phrases.py; what each code means: docs/moderation.md."""

from claims.moderation.phrases import Language

_LISTS = {
    "very": """
                                   un una unos unas muy tan mas todos todas realmente el la los las verdadero
        verdadera         completo gran         banda         manga bola partida de puros puro bien""",
    "person": "vendedor vendedora vendedores comprador compradora cliente",
    "crook": """
                                   ladron ladrona ladrones chorro chorra chorros ratero rateros estafador estafadora
        estafadores         sinverguenza         sinverguenzas delincuente delincuentes canalla canallas chanta
        chantas garca garcas""",
    "fool": """
                                   idiota idiotas imbecil imbeciles estupido estupida estupidos estupidas pelotudo
        pelotuda         pelotudos         boludo         boluda boludos gilipollas pendejo pendeja pendejos huevon
        huevones cabron         cabrona cabrones         tarado tarada         tarados cretino cretinos retrasado
        retrasada subnormal         subnormales hdp malparido         malparida malparidos         gonorrea weon
        culiao culero culeros mamon         forro forros""",
    "beast": """
                                   burro burra burros tonto tonta tontos tontas bruto bruta brutos perra perras
        zorra puta         putas puto         putos         payaso payasos inutil inutiles ignorante ignorantes
        analfabeto analfabeta         asqueroso asquerosa         asquerosos         mugroso muerto_de_hambre
        muertos_de_hambre rata ratas sorete         soretes lacra lacras escoria caradura caraduras cara_dura
        poca_verguenza mala_gente""",
    "name": "{crook} {fool} {beast}",
    "dirt": "mierda mierdas basura basuras porqueria cagada",
    "app": "whatsapp whats wasap guasap wpp wsp wp wasapp telegram insta instagram ig facebook face messenger dm",
    "contact": "{app} telefono celular cel movil correo email mail numero numero_de_telefono numero_de_celular",
    "claim": """
                          reclamo reclamos reclamacion reclamaciones disputa disputas mediacion denuncia queja
        el_caso         este_caso         tu_caso rec_lamo""",
    "close": """
                                   cierra cierre cerra cierren cierres cancela cancele canceles cancelen retira
        retire         retires retiren         quita         quite quites elimina elimine finaliza finalice desiste
        desista levanta         levante baja anula         anule""",
    "closing": "cerrar cancelar retirar quitar eliminar finalizar desistir levantar anular",
    "outside": """
                                   por_fuera por_afuera fuera_de_la_plataforma fuera_de_la_app fuera_de_la_web
        fuera_de_la_pagina         fuera_del_sitio fuera_de_aqui fuera_de_mercado""",
    "bank": "cbu cvu clabe iban alias cuenta_bancaria numero_de_cuenta datos_bancarios",
}

_INSULT = """
eres|sos|vos_sos|usted_es|ustedes_son|vosotros_sois|sois|pareces|parecen [{very}]3 {name}
eres|sos|usted_es|ustedes_son|sois ~3 , [y|un|una|unos]2 {fool}|{crook}
eres|sos|vos_sos|usted_es|ustedes_son|vosotros_sois|sois [{very}]3 {dirt}
son unos|unas|una_banda_de|una_manga_de|todos|puros [{very}]1 {name}
son {crook}|{fool}
pedazo|pedazos|trozo|manojo de {name}|{dirt} !de
manga|banda|bola|sarta|partida|punado|tropa de [{very}]1 {name}
{person} [es|son|tan|mas|muy|de|un|una|trucho|mentiroso|sucio|maldito|y]3 {name}
{person} de {dirt}
{name} de vendedor|vendedora|comprador|tienda
que {person} tan|mas {name}
que {crook}|{fool}|burro|burra|tonto|tonta|bruto [eres|sos|son|que]1 $
que {crook}|{fool}|burro|burra|tonto|tonta|bruto eres|sos|son
maldito|maldita|malditos|pinche|puto|puta|jodido {person}|{crook}|{fool}
callate|callense|callese [la_boca]1 ~1 {name}
{name} de mierda|cagada
ignorante|ignorantes|inutil|inutiles de mierda
^ [que|sois|son|manga_de|unos]2 {crook}|{fool} [de_mierda|todos]1 $
hijo|hija|hijos|hijas de [mil|tu|la|una|gran|re_mil]2 puta|putas|perra|perras|chingada
hijodeputa|hijueputa|hijueputas|hdp|jueputa
la concha de tu|su madre|hermana
conchatumadre|conchetumadre|ctm|csm
chinga|chinguen|chingas [a]1 tu|su madre
anda|andate|vete|vayanse a cagar|tomar_por_culo|freir_esparragos
vete|andate|anda|vayanse|vayase|iros|idos|larguense a|al|pal|pa [la|el]1 mierda|carajo|infierno|diablo|chingada|
    concha
que te|os|se|les jodan|den|follen|jodas [por_culo]1 $
jodete|jodanse|cogete
ojala|espero que te|se mueras|mueran|muera
ojala te|se mueras|mueran|muera
no servis|sirves para_nada
asco|porqueria|basura|mierda de persona|gente|ser_humano
te|los|las voy|vamos a matar|reventar|partir_la_cara|romper_la_cara|cagar_a_palos
callate|callense|cierra_la_boca|cierra_el_pico
"""

_CONTACT = """
mandame|enviame|escribime|escribeme|escribinos|mandanos|agregame|anademe|sigueme|seguime|contactame|buscame|hablame|
    llamame ~2 al|a|por|en|un|el {app}|cel|celular|telefono
mandame|enviame|dejame [un|el|tu]1 {app}
pasame|dame|mandame|enviame|decime|dime|dejame|regalame|me_pasas|me_das|me_mandas tu|su|el|un [numero|
    numero_de]1 {contact}
cual es tu|su {contact}
me|nos das|pasas|puede_dar|puedes_dar tu|su {contact}
hablemos|hablamos|charlemos|conversemos|arreglamos|seguimos|podemos_hablar|lo_vemos|escribanos ~1 por|en|
    al {contact}
escribeme|escribime|contactame|agregame|anademe por|a|al|en {contact}
mi|nuestro {app} es !un|una|el
buscanos|buscame|siguenos|sigueme|encuentranos|escribenos|agreganos|contactanos ~1 en|por|al {contact}
te paso|dejo|mando mi|un|el {contact}
para|asi te llamo|llamarte [al]1
pasame|dame|mandame|enviame|decime|dime ~3 y tu|su {contact}
"""

_PAYMENT = """
pago|paga|pagas|pagame|pague|pagar|pagamos|devuelvo|devolver|devolvemos|arreglamos|arreglar|arreglemos|arreglo|
    resolvemos|transfiero|negociamos|reembolso|regreso ~3 {outside}
pagame|pagarte|pagarme|pago|pagalo aparte
pagame|paga|pague|pagas|mandame|enviame|deposita|depositame|te_pago|te_lo_pago|te_devuelvo|te_lo_devuelvo|
    devuelveme|transfiere|transfiereme|te_envio|te_mando ~3 por|via|con|a_mi|a_traves_de paypal|bizum|zelle|yape|
    nequi|plin|daviplata|western_union|cripto|criptomonedas|bitcoin|usdt|mercado_pago
hazme|haceme|te_hago|hago ~1 un|una bizum|yape|transferencia|deposito|plin|nequi
pasame|dame|mandame|enviame|decime|dime|me_pasas|necesito tu|su|el|la|los|tus|sus {bank}|cuenta
mi|mis cbu|cvu|clabe|iban|alias|datos_bancarios
transferime|transfiereme|transferi|transfiere|deposita|depositame|depositalo|deposite|mandame|mandalo|enviame ~4 a|
    en|al [mi|la]1 {bank}|cuenta
cuenta ~4 alias
compra|compre|comprame|pedime|pideme directo|directamente [a_mi|conmigo|con_nosotros]1 $
te|le transfiero|deposito|hago_transferencia
sin pasar por la web|plataforma|app|pagina
"""

_DISCOURAGED = """
{close} [ya|por_favor|porfa|entonces|primero|de]1 [,]1 [el|la|este|esta|ese|esa|tu|su|del|de|un]2 {claim}
no|nunca|evita|evite [me|nos]1 abras|abra|abran|abrir|abris|hagas|haga|inicies|inicie ~2 {claim}
no|sin hace_falta|hacia_falta|es_necesario|necesitas|necesidad_de|tienes_que|tenes_que [que]1 [abrir|abras|abra|
    hacer] ~2 {claim}
no llames|llame|acudas|metas|involucres|pidas ~2 mediacion|mediador|mediadora
apenas|cuando|en_cuanto|despues_que|una_vez_que [tu|usted|vos]1 {close}|cerras|cancelas ~2 {claim}
con el|este|tu {claim} abierto ~2 no
solo|solamente|unicamente ~4 si|cuando|despues ~2 {close}|{closing} ~2 {claim}
si [tu|usted|vos]1 [me|nos]1 abres|abris|abre|sigues|mantienes|no_cierras|no_cierra|no_cancelas|no_retiras|cierras|
    cancelas ~3 {claim}
mientras|hasta_que ~4 {claim} ~3 abierto|abierta|activo|exista
da|de|dar|dale|des de baja ~1 {claim}
tienes_que|tenes_que|debes|deberias|debe {closing} ~2 {claim}
podrias|podria|puede_por_favor|te_importaria|te_molestaria|me_harias_el_favor_de {closing} ~2 {claim}
puedes|podes|puede {closing} [el|la|tu|este]1 {claim} [,]1 y|asi|para_que|que_te
{closing} [el|la|tu|este]1 {claim} [,]1 por_favor|porfa|porfavor
"""

_SPARED = """
vendedor|vendedora|tienda|el|ella|ellos|comprador|tipo|empresa ~3 pidio|pidieron|quiere|queria|quiso|dijo|dijeron|
    mando|propuso|ofrecio|amenazo|respondio|insulto|llamo|insiste|insistio|pide|escribio
me pidio|pidieron|dijo|dijeron|mando|ofrecio|propuso|llamo|exigio ~4 $$
no|nunca|ni|jamas|sin|tampoco $$
no|nunca|jamas|tampoco ~2 $$
crees|creen|piensan|piensas que ~2 $$
sistema|plataforma|automaticamente $$
"""

SPANISH = Language(
    "es",
    _LISTS,
    {"insult": _INSULT, "contact_data": _CONTACT, "payment_outside": _PAYMENT, "claim_discouraged": _DISCOURAGED},
    spared=_SPARED,
    invites="""
        entra_a entra_en entrar_a entre_a entre_en visita visite ingresa ingrese accede compra_directo compra_en
        compre_en mira_en""",
)
