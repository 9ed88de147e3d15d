"""What a seller can do against claims, for each reason and in three languages."""

from collections.abc import Mapping

Texts = Mapping[str, str]  # by language


def _texts(en: str, es: str, pt: str) -> Texts:
    return {"en": en, "es": es, "pt": pt}


REMEDIES: Mapping[str, Texts] = {
    "not_received": _texts(
        "Hand parcels over by the promised date, always with tracking, and check every day which ones have stopped "
        "moving. Check the address before you pack. Promise delivery dates that your carrier keeps in each region; if "
        "one region or carrier keeps losing parcels, change the carrier there.",
        "Despacha los paquetes antes de la fecha prometida, siempre con seguimiento, y revisa cada día cuáles dejaron "
        "de moverse. Verifica la dirección antes de embalar. Promete fechas de entrega que tu transportista cumpla en "
        "cada región; si una región o un transportista sigue perdiendo paquetes, cambia de transportista ahí.",
        "Despache os pacotes até a data prometida, sempre com rastreamento, e verifique todos os dias quais pararam "
        "de se mover. Confira o endereço antes de embalar. Prometa prazos que a sua transportadora cumpra em cada "
        "região; se uma região ou uma transportadora continua perdendo pacotes, troque de transportadora ali.",
    ),
    "not_working": _texts(
        "Switch on or try each unit before you send it, and look whether the faults come from one batch or supplier. "
        "Put short instructions for the first use into the box, with pictures. Say in the listing which voltage, "
        "batteries, apps or accessories it needs. Explain it in the claim first: many faults are a setting.",
        "Enciende o prueba cada unidad antes de enviarla y fíjate si las fallas vienen de un mismo lote o proveedor. "
        "Incluye en la caja instrucciones breves, con imágenes, para el primer uso. Indica en la publicación qué "
        "voltaje, pilas, aplicaciones o accesorios necesita. Explica primero en el reclamo: muchas fallas son solo un "
        "ajuste.",
        "Ligue ou teste cada unidade antes de enviar e veja se os defeitos vêm de um mesmo lote ou fornecedor. "
        "Coloque na caixa instruções curtas, com imagens, para o primeiro uso. Informe no anúncio qual voltagem, "
        "pilhas, aplicativos ou acessórios são necessários. Explique primeiro na reclamação: muitos defeitos são só "
        "um ajuste.",
    ),
    "damaged": _texts(
        "Drop a packed parcel from a metre onto each side: nothing in it may move or break. Use a new, rigid box with "
        "5 cm of padding on all sides, protect corners and glass separately, and seal it with wide tape. Inspect the "
        "product before you pack it. If only one carrier breaks things, change it or claim from it.",
        "Deja caer un paquete ya embalado desde un metro sobre cada lado: nada debe moverse ni romperse. Usa una caja "
        "nueva y rígida con 5 cm de relleno por todos los lados, protege aparte las esquinas y los vidrios y ciérrala "
        "con cinta ancha. Revisa el producto antes de embalarlo. Si solo un transportista rompe cosas, cámbialo o "
        "reclámale.",
        "Deixe cair um pacote já embalado de um metro sobre cada lado: nada pode se mover nem quebrar. Use uma caixa "
        "nova e rígida com 5 cm de enchimento em todos os lados, proteja à parte os cantos e os vidros e feche com "
        "fita larga. Verifique o produto antes de embalar. Se só uma transportadora quebra os produtos, troque-a ou "
        "cobre dela o prejuízo.",
    ),
    "incomplete": _texts(
        "Pack by a checklist of all parts, and weigh the packed parcel: a missing part shows on the scale. Put small "
        "parts into one labelled bag. List in the listing exactly what is in the box and what is not (cables, "
        "batteries, screws), and show no accessories in the photos that are not included. If a parcel has several "
        "boxes, number them.",
        "Embala con una lista de todas las piezas y pesa el paquete listo: una pieza que falta se nota en la balanza. "
        "Pon las piezas pequeñas en una sola bolsa rotulada. Detalla en la publicación qué trae la caja y qué no "
        "(cables, pilas, tornillos), y no muestres en las fotos accesorios que no están incluidos. Si el envío tiene "
        "varias cajas, numéralas.",
        "Embale seguindo uma lista de todas as peças e pese o pacote pronto: uma peça que falta aparece na balança. "
        "Coloque as peças pequenas em um único saquinho identificado. Informe no anúncio o que vem na caixa e o que "
        "não vem (cabos, pilhas, parafusos) e não mostre nas fotos acessórios que não estão incluídos. Se o envio tem "
        "várias caixas, numere-as.",
    ),
    "different": _texts(
        "Compare the label, the order and the product before you seal the box; scan the product's code if you can. "
        "Keep look-alikes, colours and sizes on separate shelves. Check that each variation of the listing points to "
        "the right stock, and never send a substitute without asking the buyer.",
        "Compara la etiqueta, el pedido y el producto antes de cerrar la caja; si puedes, escanea el código del "
        "producto. Guarda en estantes separados los productos parecidos, los colores y las tallas. Verifica que cada "
        "variante de la publicación apunte al stock correcto y nunca envíes un reemplazo sin preguntarle al comprador.",
        "Compare a etiqueta, o pedido e o produto antes de fechar a caixa; se puder, leia o código do produto com um "
        "leitor. Guarde em prateleiras separadas os produtos parecidos, as cores e os tamanhos. Verifique se cada "
        "variação do anúncio aponta para o estoque certo e nunca envie um substituto sem perguntar ao comprador.",
    ),
    "not_as_described": _texts(
        "Read the listing beside the product: material, colour, measurements with units, model, condition, what it "
        "can and cannot do. Photograph your own product by daylight, with something that shows its size. Delete what "
        "you cannot prove. Read the messages of these claims: the sentence that buyers quote is the one to correct.",
        "Lee la publicación con el producto al lado: material, color, medidas con unidades, modelo, estado, qué hace y "
        "qué no. Fotografía tu propio producto con luz natural y con algo que muestre su tamaño. Borra lo que no "
        "puedas demostrar. Lee los mensajes de estos reclamos: la frase que citan los compradores es la que hay que "
        "corregir.",
        "Leia o anúncio com o produto ao lado: material, cor, medidas com unidades, modelo, estado, o que faz e o que "
        "não faz. Fotografe o seu próprio produto com luz natural e com algo que mostre o tamanho. Apague o que não "
        "puder comprovar. Leia as mensagens destas reclamações: a frase que os compradores citam é a que precisa ser "
        "corrigida.",
    ),
    "not_original": _texts(
        "Pause the listing until you have the supplier's invoice or authorization for this brand. Name a brand only "
        "if the product is of that brand; of what merely fits it write “compatible with”. Send originals sealed, "
        "with serial number and warranty card, and answer claims with the proof of where they come from.",
        "Pausa la publicación hasta tener la factura o la autorización del proveedor para esta marca. Nombra una marca "
        "solo si el producto es de esa marca; si solo sirve para ella, escribe «compatible con». Envía los originales "
        "sellados, con número de serie y garantía, y responde los reclamos con la prueba de su procedencia.",
        "Pause o anúncio até ter a nota fiscal ou a autorização do fornecedor para esta marca. Cite uma marca só se o "
        "produto for dessa marca; se ele apenas serve nela, escreva “compatível com”. Envie os originais lacrados, "
        "com número de série e garantia, e responda às reclamações com a prova da procedência.",
    ),
    "does_not_fit": _texts(
        "Put a size chart with measurements of the product itself into the listing, in centimetres, and say how to "
        "measure. Say whether it runs small or large. List the models it fits and those it does not. Answer questions "
        "before the purchase with measurements, and add the ones that come again to the listing.",
        "Incluye en la publicación una tabla de tallas con las medidas del propio producto, en centímetros, y explica "
        "cómo medir. Di si la talla es más chica o más grande de lo normal. Enumera los modelos con los que es "
        "compatible y con los que no. Responde con medidas las preguntas antes de la compra y agrega a la publicación "
        "las que se repiten.",
        "Inclua no anúncio uma tabela de tamanhos com as medidas do próprio produto, em centímetros, e explique como "
        "medir. Diga se a forma é menor ou maior do que o normal. Liste os modelos com que é compatível e com que não "
        "é. Responda com medidas às perguntas antes da compra e acrescente ao anúncio as que se repetem.",
    ),
    "changed_mind": _texts(
        "These claims never count against you. Fewer come when the listing leaves nothing to guess: final price, "
        "delivery date, real size, what it is for. Dispatch on the same day, for who waits thinks again, and grant "
        "the return at once, so that the product comes back unused and can be sold again.",
        "Estos reclamos nunca cuentan en tu contra. Llegan menos cuando la publicación no deja dudas: precio final, "
        "fecha de entrega, tamaño real, para qué sirve. Despacha el mismo día, porque quien espera lo piensa de nuevo, "
        "y autoriza la devolución enseguida, para que el producto vuelva sin uso y puedas venderlo otra vez.",
        "Estas reclamações nunca contam contra você. Chegam menos quando o anúncio não deixa dúvidas: preço final, "
        "prazo de entrega, tamanho real, para que serve. Despache no mesmo dia, porque quem espera pensa melhor, e "
        "autorize a devolução logo, para que o produto volte sem uso e possa ser vendido de novo.",
    ),
}
ANSWER_SOONER = _texts(
    "Most of the claims that count against you were not answered within your window. Look into your claims every "
    "day, weekends included, and answer first the one whose window ends first. A refund, a granted return or a fair "
    "offer inside the window protects your reputation; a message alone does not.",
    "La mayoría de los reclamos que cuentan en tu contra no tuvo respuesta dentro de tu plazo. Revisa tus reclamos "
    "todos los días, también los fines de semana, y responde primero el que vence antes. Un reembolso, una devolución "
    "autorizada o una oferta justa dentro del plazo protege tu reputación; un mensaje solo, no.",
    "A maioria das reclamações que contam contra você não teve resposta dentro do seu prazo. Veja as suas reclamações "
    "todos os dias, também nos fins de semana, e responda primeiro a que vence antes. Um reembolso, uma devolução "
    "autorizada ou uma oferta justa dentro do prazo protege a sua reputação; uma mensagem sozinha, não.",
)
TOO_FEW = _texts(
    "Too few claims to name a main issue: {claims} in this period, and at least {minimum} are needed.",
    "Muy pocos reclamos para señalar un problema principal: {claims} en este período; se necesitan al menos {minimum}.",
    "Reclamações insuficientes para apontar um problema principal: {claims} neste período; são necessárias pelo menos "
    "{minimum}.",
)


def too_few(claims: int, minimum: int) -> dict[str, str]:
    """The sentence that says so, by language."""
    return {language: text.format(claims=claims, minimum=minimum) for language, text in TOO_FEW.items()}
