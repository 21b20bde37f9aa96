"""Names of zones and months as feeds and pages write them.

Pure tables, owned here because parsers guess many wrongly.
"""

from __future__ import annotations

import unicodedata

_H = 60
# minutes east of UTC; where a name is used by several countries, the reading news feeds mean most often
ZONES: dict[str, int] = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "AZOST": 0,
    "BST": _H, "IRISH": _H, "CET": _H, "MET": _H, "MEZ": _H, "WEST": _H, "WAT": _H,
    "CEST": 2 * _H, "MEST": 2 * _H, "MESZ": 2 * _H, "EET": 2 * _H, "SAST": 2 * _H, "CAT": 2 * _H,
    "EEST": 3 * _H, "MSK": 3 * _H, "TRT": 3 * _H, "EAT": 3 * _H, "IDT": 3 * _H, "KSA": 3 * _H,
    "IRST": 210, "IRDT": 270, "GST": 4 * _H, "MSD": 4 * _H, "SAMT": 4 * _H, "AFT": 270, "PKT": 5 * _H,
    "UZT": 5 * _H, "YEKT": 5 * _H, "IST": 330, "NPT": 345, "BDT": 6 * _H, "MMT": 390,
    "ICT": 7 * _H, "WIB": 7 * _H, "HKT": 8 * _H, "SGT": 8 * _H, "PHT": 8 * _H, "MYT": 8 * _H, "AWST": 8 *
    _H, "WITA": 8 * _H,
    "JST": 9 * _H, "KST": 9 * _H, "WIT": 9 * _H, "ACST": 570, "ACDT": 630, "AEST": 10 * _H, "AEDT": 11 * _H,
    "NZST": 12 * _H, "NZT": 12 * _H, "NZDT": 13 * _H,
    "NST": -210, "NDT": -150, "AST": -4 * _H, "ADT": -3 * _H, "EST": -5 * _H, "EDT": -4 * _H, "ET": -5 * _H,
    "CST": -6 * _H, "CDT": -5 * _H, "MST": -7 * _H, "MDT": -6 * _H, "PST": -8 * _H, "PDT": -7 * _H, "PT":
    -8 * _H, "AKST": -9 * _H, "AKDT": -8 * _H, "HST": -10 * _H,
    "BRT": -3 * _H, "ART": -3 * _H, "UYT": -3 * _H, "CLT": -4 * _H, "CLST": -3 * _H, "BOT": -4 * _H, "VET":
    -4 * _H, "COT": -5 * _H, "PET": -5 * _H, "ECT": -5 * _H,
}  # fmt: skip

# the same letters mean something else where the feed's language or site says so
ZONES_BY_LANGUAGE: dict[str, dict[str, int]] = {
    "ar": {"AST": 3 * _H, "GST": 4 * _H, "BST": 3 * _H},
    "he": {"IST": 2 * _H},
    "bn": {"BST": 6 * _H},
    "zh": {"CST": 8 * _H},
    "ga": {"IST": _H},
}

_MONTHS = """
january jan janvier janv enero ene januar jän jänner gennaio gen janeiro januari ocak oca januar tammikuu stycznia ledna ianuarie январь января янв січня ιανουαρίου ינואר जनवरी يناير كانون_الثاني جانفي ژانویه جنوری فروردین محرم المحرم január
february feb février fevrier fév févr febrero februar febbraio fevereiro fev februari şubat şub lutego февраля фев فبراير شباط فيفري února februarie февраль лютого φεβρουαρίου פברואר फ़रवरी فوریه فروری اردیبهشت صفر február
march mar mars marzo märz maerz mrz março marco maart mart mrt marca марта мар مارس آذار اذار března martie март березня μαρτίου מרץ मार्च مارچ خرداد ربيع_الأول ربيع_أول március
april apr avril avr abril abr aprile nisan nis kwietnia апреля апр أبريل ابريل إبريل نيسان أفريل افريل dubna aprilie апрель квітня απριλίου אפריל अप्रैल آوریل اپریل تیر ربيع_الآخر ربيع_الثاني ربيع_ثاني április
may mai mayo maggio mag maio mei mayıs maj maja мая مايو أيار ايار ماي května май травня μαΐου מאי मई مئی مرداد جمادى_الأولى جمادى_الاولى جمادى_الأول május
june jun juin junio juni giugno giu junho haziran haz czerwca июня июн يونيو يونية حزيران جوان června iunie июнь червня ιουνίου יוני जून ژوئن شهریور جمادى_الآخرة جمادى_الثانية جمادى_الآخر június
july jul juillet juil julio juli luglio lug julho temmuz tem lipca июля июл يوليو يولية تموز جويلية července iulie июль липня ιουλίου יולי जुलाई ژوئیه جولائی مهر رجب július
august aug août aout agosto ago agustus ağustos ağu augusti sierpnia августа авг أغسطس اغسطس آب أوت اوت srpna август серпня αυγούστου אוגוסט अगस्त آبان شعبان augusztus
september sep sept septembre septiembre set settembre setembro eylül eyl września сентября сен سبتمبر أيلول ايلول září septembrie сентябрь вересня σεπτεμβρίου ספטמבר सितंबर سپتامبر ستمبر آذر رمضان szeptember
october oct octobre octubre oktober okt ottobre ott outubro out ekim eki października октября окт أكتوبر اكتوبر تشرين_الأول تشرين_الاول října octombrie октябрь жовтня οκτωβρίου אוקטובר अक्टूबर اکتبر اکتوبر دی شوال október
november nov novembre noviembre novembro kasım kas listopada ноября ноя نوفمبر تشرين_الثاني listopadu noiembrie ноябрь листопада listopada νοεμβρίου נובמבר नवंबर نوامبر نومبر بهمن ذو_القعدة ذي_القعدة ذوالقعدة
december dec décembre decembre déc diciembre dic dezember dez dicembre dezembro aralık ara desember grudnia декабря дек ديسمبر كانون_الأول كانون_الاول prosince decembrie декабрь грудня δεκεμβρίου דצמבר दिसंबर دسامبر دسمبر اسفند ذو_الحجة ذي_الحجة ذوالحجة
"""  # noqa: E501 (a table: one line a month; at its end the Persian and Islamic months by number)


def fold(word: str) -> str:
    """Lower a word and take its accents off, so that "Août" and "aout" are one."""
    decomposed = unicodedata.normalize("NFKD", word.casefold().replace("ı", "i"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


MONTHS: dict[str, int] = {
    fold(name.replace("_", " ")): number
    for number, line in enumerate(_MONTHS.strip().splitlines(), start=1)
    for name in line.split()
}
