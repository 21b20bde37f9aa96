"""What mail systems say, as patterns: which words mean nobody is there, full, forbidden, too large, later."""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


NOBODY = _any(
    r"(?:user|recipient|account|mailbox|address|addressee|member|subscriber|mail ?drop"
    r"|alias)\b[^.\n]{0,60}?(?:\bis |was |were |has |are )?"
    r"(?:unknown|not (?:be )?(?:found|known|exist|listed|recogni[sz]ed|registered|a valid|valid)"
    r"|does ?n[o']t exist|doesn.t exist|invalid|no longer (?:valid|active|exists?|available|in use)|"
    r"inactive|disabled|deactivated|suspended|terminated|closed|expired|deleted|discontinued"
    r"|non-?existent|isn.t (?:valid|active))",
    r"(?:unknown|invalid|no such|non-?existent|nonexistant|inactive|disabled|bad|undefined|unrecogni[sz]ed) "
    r"(?:local |email |e-mail |mail |destination |final |virtual |rcpt |user |recipient )*"
    r"(?:user|recipient|mailbox|address|account|alias|local-?part|name|person|destination mailbox"
    r"|rcpt|addressee|e?-?mail)",
    r"no (?:mailbox|account|user|recipient|such|valid recipient|one|person)\b[^.\n]{0,40}(?:here"
    r"|by that name|with (?:that|this)|found|user|address|mailbox|in this|at this|on this)",
    r"not (?:a )?(?:known|valid|local|existing) (?:user|recipient|mailbox|address|account|mail ?drop"
    r"|mailbox name)",
    r"not (?:listed|found) in (?:(?:public )?(?:name & )?address book|domino directory|directory"
    r"|local recipient|relay recipient)",
    r"invalid (?:final )?(?:delivery )?user ?id|user ?unknown|unknown ?user|unknown recipient"
    r"|recipient(?:not|_not_| not )found|recipnotfound|unknown or illegal alias|unrouteable address"
    r"|unroutable address|mailbox not (?:found|available)",
    r"does ?n[o']?t have an? \S* ?account|doesn.t have an? [\w.]+ account|does not have an account|did not (?:exactly )?match (?:an?|any)\b"
    r"|badrcptto|envelope recipient has been denied|(?:recipient|user|address) is not local|not accepting any mail"
    r"|name or service not known|no mx record|account unavailable|no valid recipients|does not have a (?:final )?(?:e-?mail )?delivery point"
    r"|mailbox unavailable or access denied"
    r"|has no mailbox|account (?:has been|is|was) (?:disabled|closed|deleted|suspended|locked"
    r"|inactive)|"
    r"(?:email|e-mail) account that you tried to reach (?:does not exist|is disabled)",
    r"recipient address rejected: (?:access denied|undeliverable|user|unknown|invalid|no such|not)",
    r"undeliverable address|delivery not allowed to non-local"
    r"|rejected by (?:the )?recipient (?:verify|verification)|recipient verif(?:y|ication) failed"
    r"|verify failed for recipient",
    r"(?:has|have) (?:moved|left|changed (?:their|his|her))\b|this (?:address|mailbox) (?:no longer"
    r"|is no longer)|no longer (?:accepts|receiv|work|employ|with (?:us|the))|"
    r"address (?:has changed|no longer)|please (?:use|update) (?:the |my "
    r"|your )?new (?:e?-?mail )?address|user has moved|mailbox (?:is )?(?:inactive|disabled|unknown)",
    r"(?:host|domain)(?: or domain)?(?: name)? (?:\S+ )?(?:not found|unknown|does not exist"
    r"|not exist|cannot be found|couldn.t be found|is invalid|has no (?:mx|mail))|"
    r"(?:unknown|no such|invalid|non-?existent|bad) (?:host|domain)|nxdomain"
    r"|couldn.t find any host named|domain not found|null ?mx|no mx or a records|can.?t find (?:host"
    r"|any host)|"
    r"name service error for name=\S+ type=(?:mx|a+): host not found|mx (?:record )?(?:not found"
    r"|does not exist)|does not accept mail|no mail (?:exchanger|server)s? (?:for|found)|"
    r"no route to (?:domain|host) for|illegal host/domain|unresolvable domain|dns (?:error"
    r"|failure).{0,20}(?:not exist|nxdomain|no such)|domain (?:no longer|is not hosted|isn.t)"
    r"|all relevant mx records point to non-existent",
    r"找不到[^。\n]{0,12}(?:地址|收件人|用户|邮箱|郵件)|(?:地址|收件人|用户|邮箱)[^。\n]{0,8}找不到",
    r"宛先(?:不明|が見つか)|存在しません|ユーザー?不明|見つかりません|リストにありません|不存在|用户不存在|收件人.{0,12}(?:不存在|无效|未找到)|没有找到|無此|查無",
    r"(?:utilisateur|destinataire|adresse|compte|boîte)[^.\n]{0,40}(?:inconnue?|introuvable"
    r"|n.existe (?:pas|plus)|invalide|désactivée?|inexistante?)",
    r"(?:benutzer|empf[äa]e?nger|adresse|postfach|konto|mailbox)[^.\n]{0,50}(?:unbekannt"
    r"|existiert nicht|nicht gefunden|ung[üu]e?ltig|nicht (?:bekannt|vorhanden)|deaktiviert|gesperrt)",
    r"(?:usuario|destinatario|cuenta|direcci[óo]n|buz[óo]n|utente|casella|indirizzo|usu[áa]rio"
    r"|conta)[^.\n]{0,40}(?:desconocid[oa]|no existe|no encontrad|inexistente|sconosciut[oa]"
    r"|non esiste|desconhecid[oa]|n[ãa]o existe|desactivad|desabilitad|disabilitat)",
    r"(?:пользовател|получател|адрес|ящик|аккаунт)\w*[^.\n]{0,40}(?:не (?:найден|существует"
    r"|зарегистрирован)|неизвест|отключ|заблокирован|удал)",
    r"(?:المستخدم|المستلم|العنوان|صندوق البريد|الحساب)[^.\n]{0,40}(?:غير (?:موجود|معروف|صالح)|لا يوجد)",
    r"(?:gebruiker|ontvanger|adres|mailbox)[^.\n]{0,30}(?:onbekend|bestaat niet|niet gevonden)"
    r"|(?:użytkownik|odbiorca|skrzynka|adres)[^.\n]{0,30}(?:nie istnieje|nieznany|nie znaleziono)",
    r"(?:kullanıcı|alıcı|adres|hesap)[^.\n]{0,30}(?:bulunamadı|bilinmiyor|mevcut değil|geçersiz|yok)"
    r"|사용자.{0,12}(?:없|알 수)",
)
"""Nobody is there, or the domain is not."""

FULL = _any(
    r"mail ?box(?: \S+)? (?:is |was |has |size )?(?:full|over|exceed|at its)|(?:mailbox|mail ?folder"
    r"|inbox|mail ?drop|maildir|spool)[^.\n]{0,40}(?:is |was )?(?:full|over ?(?:quota|limit)|exceed"
    r"|overflow|out of (?:space|quota|storage)|too large)",
    r"full (?:mail ?box|inbox)|mailbox_?full|quota[^.\n]{0,40}(?:exceed|full|violat|reached|over)"
    r"|(?:exceed|over|out of|past|above|violat)\w*[^.\n]{0,40}(?:quota|storage|disk ?space"
    r"|mailbox (?:size|limit)|storage limit|space limit|allowed size|mail limit|local limit)",
    r"exceeding receiving limits|not have enough (?:disk |storage )?space|space has been used up|disc quota",
    r"over ?quota|quotaexceeded|disk ?quota|not enough (?:storage|disk|space)|insufficient (?:disk"
    r"|storage|space|system storage)|too many messages (?:in|on)|too much mail data"
    r"|message(?:s)? in recipient'?s mailbox exceeded|"
    r"would (?:be|exceed|put|go) [^.\n]{0,30}(?:quota|limit|over)|mailfolder is full|account is full"
    r"|user is over|storage (?:quota|limit|allocation)|mailbox (?:quota|limit)|no space left"
    r"|recipient storage full|box (?:is )?full",
    r"メールボックス.{0,12}(?:いっぱい|容量|超)|容量.{0,8}(?:超|不足)|邮箱.{0,6}(?:已满|空间不足|满)|信箱已滿"
    r"|bo[îi]te[^.\n]{0,30}pleine|postfach[^.\n]{0,30}voll|speicher[^.\n]{0,30}(?:voll"
    r"|überschritten)|"
    r"buz[óo]n[^.\n]{0,30}llen[oa]|casella[^.\n]{0,30}piena|caixa[^.\n]{0,30}cheia|переполнен"
    r"|(?:صندوق|البريد)[^.\n]{0,30}ممتلئ|posta kutusu[^.\n]{0,20}dolu|mailbox (?:is )?vol\b|pełn[aey]",
)
"""The mailbox is full."""

LARGE = _any(
    r"(?:message|mail|e-?mail|body|header|attachment|content"
    r"|file)(?: ?size)?[^.\n]{0,40}(?:too (?:large|big|long)|exceeds?|larger than|bigger than"
    r"|over[^.\n]{0,10}(?:limit|size))[^.\n]{0,60}(?:size|limit|maximum|length|mb\b|bytes|kb\b"
    r"|allowed|administrative)?",
    r"(?:exceed\w*|over|larger|maximum|max)[^.\n]{0,40}(?:message size|maximum size|size limit"
    r"|fixed (?:maximum )?(?:message )?size|allowed message|data size"
    r"|maximum (?:allowed )?(?:message|size))|message(?: was| is)? too (?:large|big|long)"
    r"|message ?too ?big|length limit|line too long|"
    r"size exceed|sizelimit|message size (?:limit|exceeds)|your message is too|excessively large"
    r"|maximum message size",
)
"""This message is too large."""

FORBIDDEN = _any(
    r"not rfc ?\d+ compliant|multiple \w+ headers|duplicate header|line limit exceeded|taille limite du message"
    r"|not accept messages? (?:containing|with)|illegal attachment|executable attachment",
    r"virus(?:es)? (?:\S+ )?(?:found|detected|infected|in )|(?:contain|carr"
    r"|infected)\w* [^.\n]{0,20}(?:virus|malware)|infected with|malware (?:found|detected)"
    r"|virus-infected",
)
"""Of this message alone: it carries a virus, it is said, or is malformed."""

CONTENT = _any(
    r"not accept(?:ing)? (?:\w+ )?(?:mail|messages?) with|content presents|attachment guidelines|missing (?:a |an )?(?:valid )?(?:address in )?(?:from|date|message-id)\b",
    r"virus|malware|trojan|infected|worm\b|phish",
    r"attachment[^.\n]{0,60}(?:type|not (?:allowed|permitted|accepted)|block|prohibit|forbidden"
    r"|rejected|reject|banned|contains? (?:an? )?(?:virus|macro|executable|forbidden|banned))|(?:forbidden|prohibited|banned|executable|blocked|dangerous"
    r"|illegal) (?:attachment|file|extension|content)|file type",
    r"(?:message|mail|content|mime|header|body|subject|format)\b[^.\n]{0,50}(?:malformed|not (?:rfc"
    r"|mime)|invalid (?:format|header|structure|mime)|corrupt|illegal (?:character|format)"
    r"|not (?:conform|compliant)|non-?compliant|badly formatted|8-?bit|rfc ?\d+)|bare lf"
    r"|missing (?:from|date|message-id|required)\b[^.\n]{0,20}|"
    r"(?:header|body|content|subject)[^.\n]{0,20} (?:is |was )?(?:rejected|not (?:acceptable"
    r"|accepted|allowed)|denied)|content ?(?:filter|reject|error|policy|check)|multiple (?:from"
    r"|subject|date) headers?|conversion (?:required|failed|not)",
)
"""This message is malformed, or carries what is forbidden."""

BLOCKED = _any(
    r"client host (?:\S+ )?(?:blocked|rejected)|blocked using|too many invalid recipients|frequenc\w+ limit"
    r"|blocked by the recipient|refuses? to receive mail",
)
"""Of us alone: whatever else a refusal speaks of, it is no word about the reader."""

POLICY = _any(
    r"\bgo away\b|requires confirmation|confirm this mail server|trop de connexions|again slower|closed mailing list",
    r"\b(?:mail|message|e-?mail) (?:was |has been |is )?(?:rejected|rejet[ée]+|refused|denied|not accepted)"
    r"|frequenc\w* limit|\bip\b[^.\n]{0,20}limit",
    r"spam|junk|unsolicited|bulk|black ?list|block ?lists?|(?:dns|r)bl\b|spamhaus|spamcop|barracuda"
    r"|sorbs|reputation|senderbase|cloudmark|listed (?:in|on|at|by)|blocked|blocking|banned"
    r"|denied by policy|rejected (?:by|for|due to|for the) (?:local )?(?:policy|security)|polic(?:y"
    r"|ies)|"
    r"dmarc|dkim|\bspf\b|sender policy framework|authenticat|sender id\b|unauthori[sz]ed"
    r"|not authori[sz]ed|not permitted|permission denied|access denied|not allowed|forbidden"
    r"|prohibited|refused by|rejected by (?:the )?(?:filter|administrator|recipient.s|system)|"
    r"relay(?:ing)?\b|open proxy|reverse dns|rdns|\bptr\b|hostname[^.\n]{0,20}not found|helo|ehlo"
    r"|dynamic ip|bad (?:ip|reputation)|poor reputation|grey-?list|gr[ae]ylist|rate ?(?:limit"
    r"|control)|too (?:many (?!hops)|fast|quickly|frequent)|throttl|speed|excessive|deferred due to|"
    r"try again later.{0,30}(?:ip|reputation)|complaint|security|administrative(?:ly)? prohibit"
    r"|access control|sender (?:rejected|denied|blocked|not allowed|is not allowed)|suspicious"
    r"|untrusted|not accept(?:ed|ing)? (?:mail|messages|email|connections)? ?from|unwanted|restricted",
    r"迷惑メール|拒否|垃圾邮件|拒绝|拒絕|спам|заблокирован|refusé|abgelehnt|rechazad|rifiutat|rejeitad|odrzucon|محظور|مرفوض",
)
"""The receiver does not want mail from us, or not so fast."""

US = _any(
    r"bogus mail from|unroutable sender|mail from not owned|address is not verified|\b501[ -]5\.5\.\d",
    r"verification failed for <|\bfrom:?\s+domain\b|provide a valid (?:from|sender|return)",
    r"sender (?:address |domain )?(?:rejected: )?(?:domain |address |user |mailbox )?(?:not found"
    r"|unknown|does not exist|must resolve|invalid|verify failed|verification failed|bad|malformed)"
    r"|invalid (?:sender|return path|mail from)|(?:bad|unknown) sender|sender verify failed|"
    r"domain of sender|sender.s (?:address|domain)[^.\n]{0,40}(?:not|invalid|unknown)|return path"
    r"|could not verify sender|"
    r"syntax error|command (?:unrecogni[sz]ed|not (?:implemented|recogni[sz]ed|understood)|rejected"
    r"|out of sequence)|bad sequence|unrecogni[sz]ed command|protocol error|must issue a starttls"
    r"|starttls (?:is )?required|(?:tls|encryption) (?:required|needed|is required)"
    r"|authentication required|smtp auth|"
    r"need (?:mail|rcpt|helo|ehlo)|too many (?:recipients|rcpt)|valid rcpt command must precede"
    r"|(?:smtp|lmtp) protocol",
)
"""Our own configuration or way of speaking."""

LATER = _any(
    r"temporar(?:y|ily)|not (?:be )?reach(?:ed\b|able)|have been failing|try (?:again|later)|connection (?:timed out|refused|reset|lost|dropped"
    r"|closed|died)|time(?:d)? ?out|not respond|no answer|could not connect|couldn.t (?:establish"
    r"|connect|reach)|unable to connect|unreachable|network|server (?:is )?(?:busy|down|unavailable)"
    r"|service (?:is )?(?:unavailable|not available)|"
    r"too busy|resources? (?:temporarily )?(?:unavailable|limit)|retry time ?out|expired"
    r"|maximum (?:time|retries|queue)|been in the queue too long|delivery (?:time ?)?(?:attempts"
    r"|exceeded)|not delivered (?:in|within)|loop|too many hops|hop count|lost connection|greeting|"
    r"system (?:error|failure|not accepting|resources)|local (?:error|problem|configuration)"
    r"|internal (?:server |software )?error|i/o error|cannot (?:open|create|append|write|lock)"
    r"|out of memory|service currently|load too high|host (?:is )?(?:down|unreachable)|can.?t create"
    r"|mail (?:system|server) (?:error|problem)|configuration error|deferred|"
    r"タイムアウト|接続|超时|超時|zeitüberschreitung|délai|tiempo|тайм-?аут",
)
"""Not reachable now."""

RATE = _any(r"rate|too (?:fast|quick|many)|receiving (?:mail|email) (?:at a rate|too)|limit")
"""With 5.2.1: the mailbox receives too much at present."""

DELAYED = _any(
    r"delivery (?:of [^\n]{0,40} |to [^\n]{0,80} )?(?:has been|is|was"
    r"|of your message has been) delayed|delayed mail|message (?:\S+ )?(?:has been |is "
    r"|was )?delayed|delivery(?: status notification)? ?\(?delay|delivery delay"
    r"|delay(?:ed)? (?:notification|delivery|in delivery)|"
    r"could not send message for (?:the )?past|(?:has|have) not yet been (?:delivered|able)"
    r"|not (?:yet )?been (?:collected|delivered) (?:yet|after|so far)|will (?:continue"
    r"|keep) (?:to (?:try|be|attempt|retry)|trying|attempting)|will be (?:retried|attempted again)"
    r"|delivery attempts will continue|"
    r"this is (?:a|only a) warning|warning message only|do(?:es)? not need to (?:resend|re-?send)"
    r"|still being (?:retried|attempted|tried)|still trying|not necessary to resend|will try again"
    r"|will retry|temporarily delayed|"
    r"verz[öo]gert|remise (?:différée|retardée)|retard[ée]|retrasad[oa]|en retraso|in ritardo"
    r"|ritardat|atrasad|задерж|配信.{0,6}遅延|遅延|延迟|延遲|تأخر|تأخير|opóźnion|vertraagd|gecik",
)
"""Not given up yet."""

GIVEN_UP = _any(
    r"permanent(?:ly)? (?:fail|error|fatal)|permanent (?:error|failure)|giv(?:en|ing) up"
    r"|failed permanently|could not be delivered|(?:was|were|is|be) undeliverable|returned to sender"
    r"|delivery (?:has )?failed|fatal errors?|undelivered mail returned|"
    r"returned mail|failure notice|mail delivery failed|unable to deliver|did not reach"
    r"|not deliverable|cannot be delivered|can.t be delivered|wasn.t delivered"
    r"|retry timeout exceeded|message expired|no further attempts",
)
"""Given up."""

SUBJECT = _any(
    r"undeliver|failure notice|delivery (?:status )?(?:notification|failure|report|has failed|error"
    r"|problem|failed|unsuccessful|incomplete)|deliver[ey]? ?fail|mail (?:delivery"
    r"|system)[^\n]{0,20}(?:fail|error|problem|unsuccess|subsystem)|returned (?:mail|to sender"
    r"|message|email)|"
    r"non-?delivery|not delivered|bounce|(?:message|mail) (?:status|not delivered|could not|delivery"
    r"|undeliverable|failed)|mail(?:er)?[- ]?(?:daemon|failure|error)|(?:warning"
    r"|error): (?:could not send|message|mail)|rejected|message blocked|mail could not be delivered"
    r"|mail returned|failed mail|error (?:sending|delivering) your (?:mail|message)|"
    r"message (?:you sent )?(?:was |has been )?blocked|blocked by (?:our|the) [^\n]{0,30}(?:filter|firewall)",
    r"unzustellbar|nicht zustellbar|zustellung|rückläufer|non remis|échec|non distribu|remise"
    r"|no entregad|no se (?:pudo|puede)|entrega|mancato recapito|mancata consegna|consegna"
    r"|não entregue|não foi possível entregar|falha|не доставлен|недоставлен|не удалось доставить"
    r"|доставк|"
    r"配信|送信(?:できません|エラー)|配送|届け|退信|系统退信|无法投递|(?:邮件|郵件|信件).{0,6}(?:失败|失敗)|投递失败|退回|傳遞|未送达|فشل|تعذر|غير قابل للتسليم"
    r"|teslim edilemedi|iletilemedi|niet (?:bezorgd|afgeleverd)|onbestelbaar|nie dostarczon"
    r"|niedostarczon|zwrot|doručen|kézbesít|kunde inte levereras|ikke leveret|ei voitu toimittaa"
    r"|αποτυχ|배달|전송 실패|반송|delay",
)
"""Subjects of bounces, in the languages mail systems speak."""

AUTO_SUBJECT = _any(
    r"^\W*auto(?:matic|mated|matische?s?)?[ -]?(?:re(?:ply|sponse|sponder|spuesta)|answer|antwort"
    r"|svar|generated)|^auto ?:|^\W*auto(?:reply|response|responder|antwort|svar|reponse|respuesta)"
    r"|\(auto(?:matic)?[ -]?(?:reply|response)\)|automatic (?:reply|response|answer)"
    r"|automated (?:reply|response)|auto-?re(?:ply|sponse|sponder)",
    r"out of (?:the )?office|\booo\b|\boof\b|^\W*(?:on |annual |gone on )?(?:vacation|holiday|leave"
    r"|maternity leave|sick leave)\b|(?:vacation|holiday) (?:message|reply|notice|response|auto)"
    r"|away (?:from|message|notice|until)|absence|i am (?:away|out|on)|i'm (?:away|out|on)"
    r"|will be (?:away|out of)|currently (?:away|out)|not in the office",
    r"abwesen|automatische antwort|urlaub|nicht im (?:büro|haus)|außer haus|ausser haus"
    r"|réponse automatique|absent(?:e)?\b|en congés?|hors du bureau|message d.absence"
    r"|respuesta autom|fuera de (?:la )?oficina|ausente|vacaciones|ausencia|risposta automatica"
    r"|fuori (?:sede|ufficio)|assente|assenza|in ferie|"
    r"resposta autom|fora do escrit|ausência|férias|automatisch (?:antwoord|bericht)|afwezig"
    r"|niet aanwezig|vakantie|autosvar|frånvar|fravær|ikke på kontoret|automaattinen|poissa|lomalla"
    r"|automatick|nepřítom|mimo kancel|automatikus válasz|távol|otomatik (?:yanıt|cevap)|ofis dışı"
    r"|izindeyim|"
    r"автоматический ответ|автоответ|отсутств|в отпуске|автоматична відповідь|automatyczna odpowied"
    r"|autoodpowied|nieobecn|poza biurem|αυτόματη απάντηση|εκτός γραφείου|răspuns automat"
    r"|autoodgovor|samodejni odgovor|"
    r"رد تلقائي|الرد التلقائي|رد آلي|خارج المكتب|إجازة|תגובה אוטומטית|מענה אוטומטי|מחוץ למשרד|自動返信"
    r"|自動応答|自動回覆|自动回复|自动答复|不在|休暇|外出|자동 ?(?:응답|회신|답장)|부재|ตอบกลับอัตโนมัติ|trả lời tự động"
    r"|balasan otomatis|jawapan automatik",
    r"תשובה אוטומטית|בחופשה|پاسخ خودکار|خارج از دفتر|مرخصی|خودکار جواب|स्वचालित|स्वतः उत्तर|कार्यालय से बाहर"
    r"|স্বয়ংক্রিয়|automati(?:ck[áa] odpove|nis atsakymas|ski odgovor|kus vastus|sk(?:t)? svar|ko erantzun)"
    r"|automātisk|resposta automàtica|automaatvastus|sjálfvirkt svar|përgjigje automatike|erantzun automatikoa"
    r"|автоматичен отговор|аутоматски одговор|автоматты жауап|avtomatik cavab|ავტომატური|ինքնաշխատ|автомат хариу"
    r"|fraværsmelding|szabadság|na dovolen|dopust|atostog|atvaļinājum|puhkus|concediu|în concediu|a odmoru",
    r"(?:we (?:have )?received|thank you for|thanks for) (?:your|contacting|the)|your (?:request"
    r"|ticket|inquiry|enquiry|message|e-?mail) (?:has been |was )?received|ticket (?:#|id|received"
    r"|created|has been)|\[ticket|case (?:#|number|created)|acknowledge?ment|receipt of your|"
    r"confirm your (?:message|e-?mail)|please confirm (?:your|that|you)|sender (?:verification"
    r"|confirmation)|verif(?:y|ication) (?:required|needed|of your)|boxtrapper|spamarrest|challenge"
    r"|no longer (?:with|at|works)|has left|changed (?:my )?(?:e-?mail )?address"
    r"|new (?:e-?mail )?address",
)
"""Subjects of automatic replies, in many languages."""

AUTO_BODY = _any(
    r"(?:i am|i'm|i will be|i'll be|we are|he is|she is) (?:currently |presently )?(?:out of|away"
    r"|on (?:vacation|holiday|leave|annual|maternity|sick)|not in the office|travell?ing|absent)"
    r"|out of (?:the )?office|on (?:annual )?leave until|this is an auto(?:mated"
    r"|matic)(?:ally generated)? (?:reply|response|message|e-?mail)|"
    r"auto(?:mated|matic)[ -](?:reply|response)|will (?:reply|respond|answer"
    r"|get back)[^.\n]{0,40}(?:return|back|as soon|upon|when)|limited access to (?:my )?e?-?mail"
    r"|thank you for (?:your (?:e-?mail|message)|contacting)|no longer (?:work|employ"
    r"|with the company)|"
    r"ich bin (?:derzeit |momentan |zur zeit |bis )?[^.\n]{0,40}(?:nicht im|abwesend|im urlaub"
    r"|außer haus|nicht erreichbar)|je suis (?:actuellement )?(?:absent|en congé)|estoy (?:fuera"
    r"|de vacaciones|ausente)|sono (?:fuori|assente|in ferie)|estou (?:fora|ausente|de férias)|"
    r"ik ben (?:afwezig|niet aanwezig|op vakantie)|меня (?:нет|не будет)|я (?:в отпуске|отсутствую)"
    r"|不在にして|休暇中|自動(?:返信|送信)|外出|休假|سأكون خارج|أنا (?:حاليا|حالياً|في إجازة|خارج)|izindeyim"
    r"|ofis dışındayım",
)
"""What automatic replies say."""

ANSWERED = re.compile(
    r"^\s*(?:re|aw|sv|vs|antw|odp|ynt|res|rif|fwd?|wg|tr|rv|enc|i|回复|答复|回覆|رد|转发|轉寄)\s*(?:\[\d+\])?\s*[:：]",
    re.IGNORECASE,
)
"""Subjects of answers and of what is passed on: people write those; mail systems that refuse do not."""

PERSON = _any(
    r"\b(?:my|our) (?:mail ?box|inbox|e-?mails?|mail|address|account|letters?|subscription|newsletters?|users|readers)\b",
    r"\byour (?:newsletters?|letters?|site|news|articles?|digest|product|app|software|code)\b",
    r"\bcan you\b|\bcould you please|thanks in advance|\b(?:kind|best|warm) regards|\bcheers,|\bi (?:got|tried|wrote|think)\b",
    r"patch (?:below|attached)|steps to reproduce",
)
"""What people say when they write about bounces."""

CHALLENGE = _any(
    r"boxtrapper|spam ?arrest|tmda|challenge[/-]?response|click\s+(?:here|the\s+link"
    r"|on\s+the\s+(?:following\s+)?link)[^.]{0,60}(?:verify|confirm|deliver|added|allow|white)|confirm(?:ation)? (?:that )?(?:you are"
    r"|your message|you're)[^.\n]{0,30}(?:human|real|deliver)"
)
"""A machine asks the sender to prove to be a person."""
