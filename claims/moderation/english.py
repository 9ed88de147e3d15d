"""The rules in English. How the lines are written: phrases.py; what each code means: docs/moderation.md."""

from claims.moderation.phrases import Language

_LISTS = {
    "you": "you u ya yall you_guys you_people you_all",
    "youare": "youre ur you_are u_are u_r you_r youare you_guys_are you_people_are yall_are you_all_are you_were",
    "very": """
                                   a an the such so too very all just bunch of complete total fucking fking freaking
        damn         bloody         stupid pure         really absolute nothing but lying big utter fuckin real
        dirty pathetic         and useless         filthy worthless ugly fat lousy rotten ignorant greedy disgusting""",
    "person": "seller sellers buyer buyers vendor shopkeeper customer",
    "fool": """
                                   idiot idiots moron morons imbecile imbeciles asshole assholes ashole dumbass
        dumbasses         dipshit         dickhead         dickheads jackass prick pricks wanker wankers twat cunt
        cunts bastard         bastards bitch         bitches scumbag         scumbags douchebag retard retards
        motherfucker motherfuckers         shithead arsehole loser         losers jerk jerks pig pigs swine clown
        clowns fool fools snake snakes rat         rats weasel weasels""",
    "crook": """
                          thief thieves crook crooks scammer scammers fraudster fraudsters swindler swindlers
        cheapskate         con_artist         con_artists conman conmen""",
    "trait": "stupid dumb retarded braindead brainless pathetic disgusting illiterate",
    "name": "{fool} {crook}",
    "dirt": "shit crap trash garbage scum filth",
    "app": "whatsapp whats_app telegram instagram insta ig facebook messenger signal skype discord dm dms wechat",
    "contact": "{app} phone phone_number mobile mobile_number cell cell_number number email email_address mail",
    "claim": "claim claims dispute disputes case complaint complaints mediation ticket",
    "close": "take_back call_off pull revoke close cancel withdraw drop remove delete end retract",
    "closing": """
                 taking_back calling_off closing cancelling canceling withdrawing dropping removing deleting
        retracting""",
    "outside": """
                                   outside_the_platform outside_the_site outside_the_app outside_of_the_platform
        outside_the_marketplace         outside_this_site outside_here outside_of_here off_the_platform off_platform
        offplatform off_the_site         off_the_app off_site outside_the_website off_the_books outside_of_the_site
        outside_of_the_app""",
    "wallet": """
                                   paypal venmo zelle cash_app cashapp western_union moneygram crypto bitcoin btc
        usdt wise         revolut         cash""",
    "bank": "iban bank_details bank_account account_number sort_code routing_number bank_info bank",
}

_INSULT = """
{youare} [{very}]4 {name}
{youare} ~3 , [and|a|an]2 {fool}|{crook} !proof
{youare} [{very}]4 {trait} [{fool}|people|person|to]1
{youare} [{very}]4 {dirt}|piece_of_shit|piece_of_crap|sack_of_shit
you|u [{very}]3 {name} !trap
you|u stupid|dumb|fucking|lying|dirty|filthy|ignorant|useless [{very}]2 {name}|liar|liars|people|person|fool|thing
you piece|sack|load of {dirt}
are you|u|ya [{very}|blind|or|even]4 {trait}|{name}
bunch|pack|gang|bunch_of_fucking of [{very}]2 {name}|liars
{person} is|are [{very}]4 {name}|{trait}
{trait}|fucking|crooked|thieving {person}
what kind|sort of [a|an]1 {name}|{trait}
what a|an [{very}]2 {name} [{person}|you_are]1
{name} seller|sellers|buyer|vendor
^ [you|what|such|bunch_of|fucking|all]2 {name}|motherfucker [all|everyone]1 $
screw you|u|yourself !sent|need|gave|supplied|provided|are|have|shipped|use|can|will|put|sell
fuck|fck|fuk|f**k|phuck you|u|off|yourself|yourselves|ya|yall
go fuck|screw|kill|hang yourself|yourselves|urself
fuckyou|fuckoff|stfu|gtfo|kys|motherfucker|motherfuckers
go to|rot_in hell $
go to hell
son|sons of a|an bitch|bitches
shut up $
shut up you|and|{name}
shut your|ur mouth|face|trap
shut the fuck|hell
suck my|a dick|cock|balls
drop dead $
[i]1 hope you|u die|rot|choke|burn
your|ur a|an|such [{very}]3 {name}|{trait}
eat shit
you suck $
i will|ill|gonna|am_going_to kill|hurt|beat|stab|find_and_kill [you|u]1
kill yourself
learn to|how_to read {name}|you
"""

_CONTACT = """
whatsapp|text|dm|call|ring|phone|telegram|message|email|mail|pm|contact|reach|add|find|follow|write us|me ~1 on|at|
    in|via|by|through|over|to {contact}
whatsapp|dm|pm|telegram me|us !on|back
^ [please|just|or]1 text me|us !on|back|that|every
hit me|us up on|at|in
give me|us a call|ring|text on|at
add|find|follow me|us ~1 on {app}
contact|message|reach|talk|chat|speak|continue|lets_talk|write ~2 on|via|over|through|by {app}
send|give|tell|share|leave|drop|text [me|us]1 your|ur {contact}
what|whats [is|s]1 your|ur {contact}
can|could|may i|we have|get your {contact}
heres|here_is|take|note|save my|our {contact} !of
my|our {app} is|s|handle
"""

_PAYMENT = """
pay|paid_back|payment|refund|settle|settled|deal|transfer|reimburse|arrange|sort|money|sell|buy|order|
    compensate ~4 {outside}
pay|send|refund|reimburse|transfer|return|wire|give|compensate ~5 by|via|through|with|using|in|over {wallet}
pay me|us|you directly|privately|in_cash
send|transfer|wire|refund|deposit|pay ~4 to|into|in|on my|your|our [own|personal]1 {wallet}|{bank}|account
ill|will|can|could|let_me|i|would [just]1 venmo|zelle|paypal|cashapp|wire you|u|it|the
whats|what_is your|ur {wallet}|{bank}
pay|refund|reimburse|settle|compensate ~2 privately|in_private|under_the_table
just|please|can_you|you_can paypal|venmo|zelle|wire|cashapp|cash_app me|us|the
venmo|zelle|cashapp|paypal me|us
send|give|tell|share [me|us]1 your {bank}|{wallet}
my|our {wallet}|iban is|s
send|give me|us|you cash
order|buy|purchase ~1 [from]1 me|us directly|direct
account ~1 iban
"""

_DISCOURAGED = """
dont|do_not|never|not|avoid|stop|please_no ~1 open|opening|file|filing|start|raise|escalate ~2 {claim}
no need|reason|point|sense [to|in|for] open|opening|file|filing|a|starting ~2 {claim}
you|u dont|do_not|didnt|did_not have|need to open|file ~2 {claim}
{close}|closing [up|down|out]1 [your|the|this|that|ur|of|a]1 {claim} ~1 first|and|or|otherwise|so|then|before|
    please|kindly|now|immediately|if_you_want|to_get
^ [please|pls|plz|kindly|just|and|so|then|first|now|ok|hello|hi|dear|friend|sir|madam]3 {close} [your|the|this|that|
    ur]1 {claim}
please|kindly|plz|pls|just {close} [your|the|this|that|ur]1 {claim}
would|could|can|will you [please|kindly|mind|just]2 {close}|{closing} ~1 {claim}
ask|asking|want|need|request|beg|urge|suggest|advise|like [that|for]1 [you|u] ~1 {close} ~1 {claim}
you|u must|should|have_to|need_to|ought_to|better ~1 {close} ~1 {claim}
you|u should|shouldnt ~1 [have]1 opened|open|file|filed ~2 {claim}
if you|u [would|could|can]1 {close}|withdrew|closed|dropped|cancelled|canceled|removed ~2 {claim}
as_soon_as|once|after|when|until you|u {close}|closed|withdrew|cancelled ~2 {claim}
with|while ~2 {claim} open ~3 cant|cannot|wont|not
only ~4 if|when|once|after ~2 {close}|{closing}|closed ~2 {claim}
if|when you|u open|opened|file|keep|continue|dont_close|do_not_close|escalate|dont_cancel ~2 {claim}
as_long_as|while|until ~3 {claim} ~2 open|exists|active|closed|withdrawn|cancelled
dont|do_not|never|no_need_to call|involve|contact|bring|ask ~2 mediator|mediation
"""

_SPARED = """
think|thinks|believe [that]1 ~2 $$
seller|he|she|they|buyer|shop|store|vendor|guy|courier ~3 wants|wanted|asked|told|tells|asks|said|says|called|
    offered|offers|insists|keeps|threatened|wrote|replied|demanded|demands
asked|told|wants|wanted|telling me|us ~4 $$
dont|do_not|never|no|not|cannot|cant|wont|refuse|refused|without|nobody|neither|didnt $$
dont|do_not|never|cannot|cant|wont|didnt|not ~2 $$
"""

ENGLISH = Language(
    "en",
    _LISTS,
    {"insult": _INSULT, "contact_data": _CONTACT, "payment_outside": _PAYMENT, "claim_discouraged": _DISCOURAGED},
    spared=_SPARED,
    invites="visit go_to click head_to check_out shop_at order_from buy_from_us order_at come_to",
)
