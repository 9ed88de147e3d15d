"""The rules in Portuguese. How the lines are written: phrases.py; what each code means: docs/moderation.md."""

from claims.moderation.phrases import Language

_LISTS = {
    "you": "voce voces vc vcs tu ce ces voceis senhor senhora senhores",
    "be": "e eh sao es sois parece parecem deve_ser devem_ser nao_passa_de nao_passam_de",
    "very": """
                                   um uma uns umas muito mto mt tao so tudo todos mesmo realmente grande grandes
        belo         verdadeiro         completo bem         mais bando monte cambada de o a os""",
    "person": """
                          vendedor vendedora vendedores vendedorzinho comprador compradora cliente lojista lojistas
        atendente         dono         dona""",
    "crook": """
                                   ladrao ladra ladrona ladroes ladroezinhos safado safada safados safadas golpista
        golpistas         bandido         bandidos         pilantra pilantras canalha canalhas estelionatario
        estelionatarios         trambiqueiro         trambiqueiros caloteiro         caloteiros""",
    "fool": """
                                   idiota idiotas imbecil imbecis babaca babacas babacao idiotao otario otaria
        otarios         retardado         retardada retardados cretino         cretina cretinos estupido estupida
        estupidos         energumeno arrombado         arrombada arrombados cuzao cuzona escroto         escrota
        escrotos fdp fdps""",
    "beast": """
                                   burro burra burros burras anta antas jumento jumenta jumentos jegue vaca piranha
        puta         putas puto         putos corno         cornos viado viados verme vermes lazarento lazarentos
        vagabundo         vagabunda vagabundos         vagabundas desgracado         desgracada desgracados palhaco
        palhacos trouxa         trouxas picareta picaretas         inutil inuteis nojento nojenta         nojentos
        ignorante ignorantes         analfabeto analfabeta analfabetos cara_de_pau mau_carater sem_vergonha
        cafajeste cafajestes patife patifes         miseravel""",
    "name": "{crook} {fool} {beast}",
    "dirt": "merda merdas bosta bostas lixo lixos",
    "app": """
                                   whatsapp whats whatss wpp watsap whatsap whatzap uats zap zapzap zapp telegram
        insta         instagram         facebook face         direct messenger skype dm""",
    "contact": "{app} telefone fone celular cel email e_mail numero contato_pessoal",
    "claim": """
                          reclamacao reclamacoes reclamassao reclamacaum disputa disputas mediacao contestacao
        denuncia         o_caso         esse_caso este_caso""",
    "close": """
                                   feche feches fecha fechem encerre encerra encerrem cancele cancela canceles
        cancelem         retire retira         retirem         remova remove anule anula baixe finalize finaliza
        desista desiste         exclua exclui apague apaga tire tira""",
    "closing": "fechar encerrar cancelar retirar remover finalizar anular desistir fechares excluir",
    "outside": """
                                   por_fora fora_da_plataforma fora_do_site fora_do_app fora_daqui
        fora_do_aplicativo         fora_do_sistema         fora_do_mercado""",
    "pix": "pix opix umpix",
    "give": "faz faco faca fazer mando manda mandar mande envio envia envie passo passa passe",
}

_INSULT = """
seu|sua|seus|suas|teu|tua|teus|tuas {name} !de|do|da|dos|das
seu|sua|seus|suas {name} de|do merda|bosta|caralho|porra|puta|inferno
seu|sua|seus|suas {dirt} !de|do|da|desse|dessa|dos|das
{you} {be} [{very}]3 {name}
{you} {be} [{very}]3 {dirt}
sao uns|umas {crook}|{fool}
{person} [e|eh|sao|muito|mto|mais|tao|bem|um|uma|esse|essa]3 {name}
{person} [de]1 {dirt}
{person} filho|filha da|de puta|uma
{person} mau_carater|sem_vergonha|ridiculo e {name}
{you} {be} ~3 , [e|um|uma|uns|umas]2 {fool}|{crook}
{you} {be} [{very}|incompetente|incompetentes|mentiroso|mentirosos|desonesto|desonestos|sujo|sujos]4 {name}
{name} de|do|da|desse|dessa|deste {person}
loja|empresa|site|equipe de {crook}
bando|cambada|corja|quadrilha|raca|turma|gangue|monte de ~1 {name}
deixa|deixe|deixem|para|pare|parem de ser [tao|muito]1 {name}
^ [que|bando_de|seus|esse|esses|sao|uns|tudo]2 {crook}|{fool} [mesmo|de_merda|do_caralho|sem_vergonha|todos]1 $
filho|filha|filhos|filhas|fio da|de|das|duma [uma]1 puta|putas|rapariga|egua
filhodaputa|filhadaputa|fdp|fdps|vtnc|vtmnc|vsf|vsfd|arrombado|arrombada|arrombados|cuzao
vai|va|vao [todo_mundo|todos|voces]1 se|sifu|te foder|fuder|ferrar|lascar|fode|danar
vaisefoder|vaisefuder
vai|va|vao tomar [bem]1 no|em|nos [meio_do|seu|teu|olho_do]1 cu|rabo|cus
vai|va|vao|vaa a|ao|pra|para|pro [a|o]1 merda|inferno|caralho|porra|puta_que_pariu|puta_q_pariu|diabo
puta que te|lhe|vos pariu
tomara|espero|quero|queria que [voce|voces|vc|vcs]1 morra|morram|morre|se_foda
enfia|enfie|soca|mete ~4 no|nesse [seu|teu|meio_do]1 cu|rabo
vai|va catar|caçar|cacar coquinho|coco
nao vale|valem a|o que_come|prato
cala|cale|calem a|essa|esta [sua|tua|porra_da]1 boca
eu te|lhe mato
vou|vamos [te|lhe|voce|vc]1 matar|arrebentar|espancar|esfaquear [voce|vc|voces]1
"""

_CONTACT = """
me|nos|eu|a_gente chama|chame|chamem|add|adiciona|adicione|segue|siga|procura|procure|liga|manda|mande ~2 no|na|
    pelo|pela|via {app}
procura|procure|chama|chame|segue|siga|adiciona|encontra|acha a_gente|nos|nossa_loja|nois ~1 no|na|pelo {app}
me passar|mandar|dar um|o|seu|teu {contact} !do|da|de
me passar|mandar|dar um|o|seu|teu {contact} de contato
pra|para eu te|lhe ligar|chamar [no|pelo]1
salva|salve|anota|anote [ai]1 meu|nosso {contact}
to|estou|estamos|respondo|atendo|atendemos so|somente|sempre|melhor|mais no|pelo {app}
to|estou|estamos|respondo|atendo|atendemos|atendimento no|pelo {app} # 
chama|chame|chamar [eu|nos|a_gente]1 no|na|pelo|pela|via {app} !de|da|do
fala|fale|fala|falem|conversa|converse comigo|conosco|com_a_gente|com_nos ~1 no|pelo|via|por {app}|telefone|email
fala|fale|falem comigo|conosco pelo|via|por {contact}
vamos|podemos|bora conversar|falar|resolver|tratar ~1 no|pelo|via|por {contact}
me|nos passa|passe|passem|manda|mande|envia|envie|informa|informe|da|diz ~1 seu|teu|o_seu {contact}
passa|passe|manda|mande|envia|envie|informe|informa|deixe|deixa seu|teu|o_seu|o_teu {contact}
qual [e|eh]1 [o]1 seu|teu {contact}
meu|nosso {app} e|eh !nao|o|a|email|meu|telefone|um|uma
me|nos liga|ligue [ai]1 que
"""

_PAYMENT = """
{give}|aceito [um|uma|o|a|me|te|lhe|pra|para|mim|voce|vc|uns|em|ai|via|por|logo|la]4 {pix} !de_volta|voltar|cair
qual|passa|passe|manda|mande|informa|informe|me_diz [e|o]2 seu|teu {pix}
devolvo|devolvemos|te_reembolso|lhe_reembolso|reembolsamos|te_estorno|te_pago|te_mando ~3 por|via|no|em {pix}
paga|pague|pagar|paguem a diferenca|o_resto|o_valor ~1 no|por|via {pix}
minha|sua|tua|qual|seu [a|e]2 chave [do|de]1 {pix}
passa|manda|mande|passe|envia|envie|tem [a|o|uma|sua]1 chave|{pix}
chave [e|eh] o|a|meu|minha cpf|email|celular|telefone|cnpj
{pix} ~3 por_fora
pago|pagar|paga|pague|pagamos|pagamento|resolver|resolvemos|resolve|resolvo|resolvermos|acertar|acertamos|acerta|
    acerto ~3 {outside}
negociar|negociamos|negocia|negocio|negociarmos|combinar|combinamos|combinado|devolvo|devolver|reembolsar|
    reembolso ~3 {outside}
compra|compre|comprar|pede|peca|fecha|feche|fechar ~1 comigo|direto_comigo|conosco|com_a_gente [direto]1 por_fora
compra|compre|comprar ~1 direto|diretamente comigo|conosco|com_a_gente
transferencia|deposito|dinheiro|devolucao {outside}
deposita|deposite|deposito|depositamos ~4 na|em|a [minha|sua|tua]1 conta
transfere|transfira|transfiro|transferir|transferimos ~4 minha|sua|tua conta
passa|passe|manda|mande|envia|envie|informa|informe|me_da|preciso ~4 dados_bancarios|dados_da_conta|conta_bancaria|
    conta_do_banco
passa|passe|manda|mande|envia|envie [me]1 [o_numero_da]1 sua|tua|a_sua conta
agencia # ~1 conta
te|lhe|vc mando|envio|pago|devolvo|transfiro ~4 na|em|pra|para sua|tua conta
eu mando|envio|devolvo|transfiro|deposito ~4 sua|tua conta
faz|faca|faco|fazer|fazemos ~1 transferencia|deposito ~2 minha|sua|tua conta
te|lhe faco ~1 deposito|transferencia
qual ~1 sua|tua conta|banco
"""

_DISCOURAGED = """
{close} [ai|logo|por_favor|pfv|entao|agora]1 [,]1 [a|da|o|essa|esta|sua|tua|de|dessa|desta|do|esse|as]2 {claim}
nao|nem|nunca|evite|evita abra|abre|abrir|abram|abras|abrisse|faca|faz|fazer [a|uma|nenhuma|mais|outra|essa|sua|
    logo]2 {claim}
nao|nem|sem precisa|precisava|precisar|preciso|necessario|adianta|necessidade|ha_necessidade [de]1 abrir|
    ter_aberto ~2 {claim}
nao|nem chame|chama|chamar|acione|aciona|acionar|envolva|procure ~1 mediador|mediacao|mediadora
assim_que|depois_que|quando|apos|logo_que [voce|vc|o_senhor|a_senhora]1 {closing}|{close} ~2 {claim}
com a|essa|esta {claim} aberta|ativa|em_andamento ~2 nao|fica
so|somente|apenas ~5 se|quando|depois|apos ~3 {closing}|{close} ~2 {claim}
se [voce|vc|o_senhor|a_senhora]1 abrir|abre|mantiver|continuar|insistir|nao_encerrar|nao_fechar|nao_cancelar|
    nao_retirar ~3 {claim}
{closing} ~2 {claim} pra|para eu|a_gente|que
se [voce|vc|o_senhor]1 nao {closing}|{close} ~2 {claim}
da|de|dar baixa na|da|nessa {claim}
nao|nem precisava|devia|deveria|tinha_que ~1 [ter]1 aberto|abrir ~2 {claim}
enquanto ~4 {claim} ~3 aberta|aberto|ativa|existir|andamento
enquanto [voce|vc]1 nao {closing}|{close} ~2 {claim}
tem_que|precisa|precisaria|deve|devia|teria_que {closing} ~2 {claim}
poderia|consegue|conseguiria|pode_por_favor|importa_de|queria_que_voce|teria_como {closing} ~2 {claim}
pode|podes {closing} [a|essa|sua|esta]1 {claim} [,]1 que|e_eu|e_ai|pra|para|entao|senao
{closing} [a|essa|sua|esta]1 {claim} [,]1 por_favor|por_gentileza|pfv|senao
abra|abre|abrir mao da|dessa {claim}
"""

_SPARED = """
vendedor|vendedora|loja|ele|ela|eles|comprador|atendente|cara|moca|lojista|empresa ~3 pediu|pediram|quer|queria|
    quis|quiseram|disse|falou|mandou|propos|ofereceu|ameacou|respondeu|xingou|chamou|insiste|insistiu|pede|vive|
    escreveu
pediu|pediram|queria|queriam|quis|mandou|mandaram|me_disse|me_falou ~4 $$
nao|nunca|nem|jamais|proibido|evite|evitem|sem $$
nao|nunca|jamais|nem ~2 $$
acha|acham|pensa|pensam|achando|acreditam que ~2 $$
sistema|plataforma|automaticamente [que]1 $$
"""

PORTUGUESE = Language(
    "pt",
    _LISTS,
    {"insult": _INSULT, "contact_data": _CONTACT, "payment_outside": _PAYMENT, "claim_discouraged": _DISCOURAGED},
    spared=_SPARED,
    invites="""
        acesse acessa acessem entre_no entre_em entra_no entra_em visite clique clica va_em compra_direto
        compre_direto compre_em""",
)
