"""Times told from now: "2 hours ago", "منذ ساعتين", "yesterday, 18:30", in a dozen languages.

Pure; what is returned is a span, and whoever knows the time takes it off.
"""

from __future__ import annotations

import re
from datetime import timedelta

from digest.ingest.zones import fold

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_UNITS = {
    1: "second seconds sec secs s seconde secondes sekunde sekunden segundo segundos secondo secondi saniye "
    "секунда секунды секунд ثانية ثوان ثواني שניה שניות ثانیه 秒 秒钟",
    _MINUTE: "minute minutes min mins minuto minutos minuti minuten dakika dk минуту минуты минут мин "
    "دقيقة دقائق دقيقه דקה דקות דקות دقیقه 分 分钟 分鐘 分間",
    _HOUR: "hour hours hr hrs h heure heures stunde stunden std hora horas ora ore uur uren saat час часа "
    "часов ساعة ساعات ساعه שעה שעות ساعت 小时 小時 時間",
    _DAY: "day days d jour jours tag tage tagen dia dias giorno giorni dag dagen gun день дня дней يوم أيام "
    "ايام يوما יום ימים روز 天 日",
    7
    * _DAY: "week weeks semaine semaines woche wochen semana semanas settimana settimane weken hafta неделю "
    "недели недель أسبوع أسابيع اسبوع שבוע שבועות هفته 周 週間",
    30 * _DAY: "month months mois monat monate monaten mes meses mese mesi maand maanden ay месяц месяца "
    "месяцев شهر أشهر שהר חודש חודשים ماه 个月 ヶ月",
}
_SECONDS = {fold(word): size for size, words in _UNITS.items() for word in words.split()}
_TWO = {
    fold(word): size
    for size, words in {
        1: "ثانيتين", _MINUTE: "دقيقتين דקתיים", _HOUR: "ساعتين שעתיים", _DAY: "يومين יומיים",
        7 * _DAY: "أسبوعين اسبوعين שבועיים", 30 * _DAY: "شهرين חודשיים",
    }.items()
    for word in words.split()
}  # fmt: skip
_ONE = "an?|une?|eine[rm]?|una?|uma?|bir|one"
_UNIT = "|".join(sorted(map(re.escape, _SECONDS), key=len, reverse=True))
_DUAL = "|".join(sorted(map(re.escape, _TWO), key=len, reverse=True))
_BEFORE = "il y a|vor|hace|ha|منذ|قبل|לפני|около"
_AFTER = "ago|geleden|atras|fa|once|назад|پیش|قبل|前|trascors[oi]"
_COUNT = rf"(?P<count>\d{{1,3}}|{_ONE})?\s*(?P<unit>{_UNIT})|(?P<dual>{_DUAL})"
_FORMS = tuple(
    re.compile(pattern.replace("COUNT", _COUNT))
    for pattern in (
        rf"(?:^|[^\w])(?:{fold(_BEFORE)})\s+(?:COUNT)(?!\w)",
        rf"(?:^|[^\w])(?:COUNT)\s*(?:{fold(_AFTER)})(?!\w)",
    )
)
_NOW = re.compile(
    r"\b(?:just now|moments? ago|a l'instant|gerade eben|ahora mismo|az once|только что|الان)\b"
)
_DAYS = {
    fold(word.replace("_", " ")): days
    for days, words in {
        0: "today aujourd'hui heute hoy oggi hoje vandaag bugün сегодня اليوم היום امروز 今天 今日",
        1: "yesterday hier gestern ayer ieri ontem gisteren dün вчера أمس امس אתמול دیروز 昨天 昨日",
        2: "avant-hier vorgestern anteayer eergisteren позавчера שלשום 前天",
    }.items()
    for word in words.split()
}  # fmt: skip
_DAY_WORD = re.compile(
    rf"(?:^|[^\w])({'|'.join(sorted(map(re.escape, _DAYS), key=len, reverse=True))})(?![\w])"
)


def ago(text: str) -> timedelta | None:
    """Return how long ago a folded text says it was; None when it says nothing of the kind."""
    if _NOW.search(text):
        return timedelta()
    for form in _FORMS:
        if match := form.search(text):
            if dual := match["dual"]:
                return timedelta(seconds=2 * _TWO[dual])
            count = match["count"] or "1"
            return timedelta(seconds=_SECONDS[match["unit"]] * (int(count) if count.isdigit() else 1))
    return None


def days_back(text: str) -> tuple[int, tuple[int, int]] | None:
    """Return how many days ago a folded text names ("yesterday" is 1) and where the word stands."""
    match = _DAY_WORD.search(text)
    return (_DAYS[match[1]], match.span(1)) if match else None
