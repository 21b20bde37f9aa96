"""Sample editions of a fictional newsroom: every theme, language and shape a mail can have, without a store.

For the gallery, for golden files, and for authors of themes. Nothing here is real news.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from digest.compose import Asset, Frame
from digest.model import Article, Headline, Image, Pick, Plan, Reason, Recipient, Slot, Window
from digest.settings import NewsletterSettings
from digest.testing.harbour import pictures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DUE = datetime(2026, 6, 19, 6, 0, tzinfo=UTC)
LANGUAGES = ("en", "ar", "mixed")
SHAPES = ("full", "thin", "breaking", "long")
THEMES = ("briefing", "headlines", "magazine")
SITE = "https://harbourpost.example"
READER = Recipient(
    subscriber=1,
    subscription=1,
    address="lena@example.org",
    name="Lena Reader",
    leave="a3" * 16,
    preferences="p4" * 16,
    bounce="bounces+" + "b" * 40,
    message_id="m5" * 13,
)

_Row = tuple[str, str, str, str, bool]  # headline, summary, section, author, with a picture

_EN: Sequence[_Row] = (
    (
        "Ministers of three neighbours meet for the first time in a decade",
        (
            "The talks in the capital covered the border, returning families and a shared railway; a "
            "second round is set for autumn. What each side wants, and what stands between them."
        ),
        "Diplomacy",
        "Leila Haddad",
        True,
    ),
    (
        "Port traffic recovers as insurers cut their rates",
        "Container volumes rose for a fifth month, says the harbour authority, and the night shift is back.",
        "Economy",
        "",
        False,
    ),
    (
        "Old tram line returns to the waterfront after 41 years",
        "Rides are free until Sunday; the last driver of 1985 took the first turn.",
        "City",
        "Tomas Reed",
        True,
    ),
    (
        "Reservoirs are full for the first time since the drought",
        "Farmers in the valley can plant a second crop, and the water company drops its evening limits.",
        "Economy",
        "Ana Sorel",
        True,
    ),
    (
        "The novel everyone is lending to everyone",
        "A first book, printed by a cooperative of forty, has outsold the season’s prize winners.",
        "Culture",
        "Mira Quill",
        True,
    ),
    (
        "Night buses will run every quarter of an hour",
        "The council found the money in the parking budget. Two routes reach the hospital directly.",
        "City",
        "",
        False,
    ),
    (
        "A small theatre reopens with a play about its own closing",
        "Critics stayed for the second night, and the audience for the third act’s argument.",
        "Culture",
        "Jonas Feld",
        False,
    ),
    (
        "Forty balconies on Quay Street get their vines back",
        "Neighbours kept cuttings in jars for two winters while the fronts were repaired.",
        "City",
        "",
        False,
    ),
    (
        "The fountain in Station Square runs on rain",
        "A tank under the taxi rank fills it from October to May.",
        "City",
        "Tomas Reed",
        False,
    ),
)
_AR: Sequence[_Row] = (
    (
        "وزراء ثلاث دول جارة يجتمعون للمرة الأولى منذ عشر سنوات",
        "تناولت المحادثات الحدود وعودة العائلات وخط السكة المشترك، وتُعقد جولة ثانية في الخريف.",
        "دبلوماسية",
        "ليلى حداد",
        True,
    ),
    (
        "حركة الميناء تتعافى مع خفض أسعار التأمين",
        "ارتفع عدد الحاويات للشهر الخامس على التوالي بحسب هيئة الميناء، وعادت نوبة الليل إلى العمل.",
        "اقتصاد",
        "",
        False,
    ),
    (
        "خط الترام القديم يعود إلى الواجهة البحرية بعد ٤١ عاما",
        "الركوب مجاني حتى الأحد، وقاد الرحلة الأولى آخر سائق عرفه الخط عام ١٩٨٥.",
        "المدينة",
        "سامي عون",
        True,
    ),
    (
        "السدود تمتلئ للمرة الأولى منذ موسم الجفاف",
        "يستطيع مزارعو الوادي زراعة محصول ثان، وترفع شركة المياه قيود المساء.",
        "اقتصاد",
        "آنا صوريل",
        True,
    ),
    (
        "رواية يتناقلها الجميع من يد إلى يد",
        "كتاب أول طبعته تعاونية من أربعين شخصا يتفوق على الفائزين بجوائز الموسم.",
        "ثقافة",
        "ميرا قلم",
        True,
    ),
    (
        "حافلات الليل كل ربع ساعة",
        "وجد المجلس المال في ميزانية المواقف، ويصل خطان إلى المستشفى مباشرة.",
        "المدينة",
        "",
        False,
    ),
    (
        "مسرح صغير يعود بعرض عن إغلاقه",
        "بقي النقاد لليلة الثانية، وبقي الجمهور لجدال الفصل الثالث.",
        "ثقافة",
        "يونس فلد",
        False,
    ),
    (
        "أربعون شرفة في شارع الرصيف تستعيد كرومها",
        "احتفظ الجيران بالعُقل في الماء شتاءين كاملين ريثما رُممت الواجهات.",
        "المدينة",
        "",
        False,
    ),
    (
        "نافورة ساحة المحطة تعمل بماء المطر",
        "خزان تحت موقف سيارات الأجرة يملؤها من تشرين الأول إلى أيار.",
        "المدينة",
        "سامي عون",
        False,
    ),
)
_RELATED: Mapping[str, Sequence[str]] = {
    "en": (
        "Railway across the border could reopen next year",
        "Families wait at the northern crossing as papers are checked",
        "Analysis: why the three capitals are talking now",
        "Fuel prices ease after a spring of shortages",
        "Dockers and operators agree on new shifts",
        "What the new line means for the fish market",
        "How the valley learned to share its wells",
        "Two cranes of the old yard move to the museum",
        "Night shifts, day care: a crèche opens at gate four",
    ),
    "ar": (
        "قد يعود القطار عبر الحدود العام المقبل",
        "عائلات تنتظر عند المعبر الشمالي",
        "تحليل: لماذا تتحاور العواصم الثلاث الآن",
        "أسعار الوقود تتراجع بعد ربيع من النقص",
        "عمال الميناء والمشغلون يتفقون على نوبات جديدة",
        "ما الذي يعنيه الخط الجديد لسوق السمك",
        "كيف تعلم الوادي أن يتقاسم آباره",
        "رافعتان من الحوض القديم تنتقلان إلى المتحف",
        "حضانة لأبناء عمال الليل عند البوابة الرابعة",
    ),
}
_BESIDE = {1: slice(0, 3), 2: slice(7, 9), 3: slice(5, 6), 4: slice(6, 7)}
"""Which of the related headlines stand by which story; the second's timeline is made of two others."""
_MORE: Mapping[str, Sequence[str]] = {
    "en": (
        "Heat expected to ease by Tuesday",
        "University opens its archive of sailors’ letters",
        "Water company to replace 60 km of pipes",
        "Chess final goes to a sixth game",
        "Ferry adds a dawn crossing for nurses",
        "Beekeepers move hives to the museum roof",
    ),
    "ar": (
        "توقع انحسار موجة الحر يوم الثلاثاء",
        "الجامعة تفتح أرشيف رسائل البحارة",
        "استبدال ستين كيلومترا من أنابيب المياه",
        "نهائي الشطرنج يمتد إلى مباراة سادسة",
        "العبّارة تضيف رحلة فجرية للممرضين",
        "نحالون ينقلون خلاياهم إلى سطح المتحف",
    ),
}
_LONG_EN = (
    "After eleven months of negotiation, four resignations and one walkout, the water, energy and "
    "transport authorities agree to share a single control room by the river"
)
_LONG_EN_2 = (
    "The committee that was asked to shorten the committee’s own title has recommended a longer one, "
    "with a subtitle, two annexes and a further meeting to decide where it should begin"
)
_LONG_AR = (
    "بعد أحد عشر شهرا من التفاوض وأربع استقالات وانسحاب واحد، تتفق هيئات المياه والطاقة والنقل "
    "في الإقليم على تقاسم غرفة تحكم واحدة بجانب النهر القديم"
)
_LONG_AR_2 = (
    "اللجنة التي طُلب منها اختصار اسمها توصي باسم أطول وعنوان فرعي وملحقين "
    "واجتماع آخر يقرر من أين يبدأ كل ذلك ومن يكتبه"
)
_LONG = {"en": (_LONG_EN, _LONG_EN_2), "ar": (_LONG_AR, _LONG_AR_2)}
_NOTE = {
    "en": "Good morning. The talks lead today, and the tram made half the newsroom late. "
    "If you read one thing besides, read [the letters](https://harbourpost.example/letters).",
    "ar": "صباح الخير. تتصدر المحادثات عدد اليوم، أما الترام فقد أخّر نصف غرفة الأخبار.",
}
_ALT = {"en": "Hills and a low sun over the harbour", "ar": "تلال وشمس منخفضة فوق الميناء"}
_COLORS = ("#1D5C8A", "#7A5C00", "#2E6B3F", "#7B2D8B")


def _url(language: str, text: str) -> str:
    return f"{SITE}/{language}/{sha256(text.encode()).hexdigest()[:10]}"


def _article(language: str, row: _Row, place: int) -> Article:
    headline, summary, section, author, pictured = row
    return Article(
        url=_url(language, headline),
        url_key=_url(language, headline),
        source="wire" if place == 4 else "post",  # noqa: PLR2004 (one story of another source)
        headline=headline,
        published=DUE - timedelta(hours=2 + 3 * place),
        seen_at=DUE,
        summary=summary,
        body=" ".join([summary] * 45) if place % 2 else "",
        section=section,
        authors=(author,) if author else (),
        language=language,
        image=Image(url=f"sample:{place}", alt=_ALT[language]) if pictured else None,
    )


def _headline(language: str, text: str, days: int = 0, source: str = "post") -> Headline:
    return Headline(
        headline=text,
        url=_url(language, text),
        source=source,
        published=DUE - timedelta(days=days, hours=4),
        language=language,
    )


def _pick(language: str, row: _Row, place: int, other: str) -> Pick:
    beside = _RELATED[language][_BESIDE.get(place, slice(0))]
    related = [_headline(language, text, place // 3 + row) for row, text in enumerate(beside)]
    if other != language and place == 3:  # noqa: PLR2004 (one foreign row is enough)
        related[0] = _headline(other, _RELATED[other][5], 2, "wire")
    timeline = [_headline(language, text, 9 - 3 * i) for i, text in enumerate(_RELATED[language][3:5])]
    return Pick(
        article=_article(language, row, place),
        score=round(2.4 / place, 2),
        reasons=(Reason(rule="freshness", points=0.8, text="published 5 hours before the edition"),),
        section=row[2],
        related=tuple(related),
        timeline=tuple(timeline) if place == 2 else (),  # noqa: PLR2004 (the second story has a past)
        follow_up=place == 2,  # noqa: PLR2004 (the same)
    )


def plan(language: str = "en", shape: str = "full") -> Plan:
    """Return a plan: ``language`` is en, ar or mixed; ``shape`` is full, thin, breaking or long."""
    code = "en" if language == "mixed" else language
    other = {"en": "ar", "ar": "en"}[code] if language == "mixed" else code
    rows = list((_EN if code == "en" else _AR)[: 1 if shape in ("thin", "breaking") else None])
    if shape == "long":
        first, second = _LONG[code]
        rows = [(first, *rows[0][1:]), *rows[1:3], (second, *rows[3][1:])]
    picks = [_pick(code, row, place, other) for place, row in enumerate(rows, 1)]
    if language == "mixed":
        foreign = _pick(other, _AR[4], 5, other)
        picks = [replace(foreign, related=()) if i == 4 else pick for i, pick in enumerate(picks)]  # noqa: PLR2004 (one)
    if shape == "thin":
        picks = [replace(pick, related=(), article=replace(pick.article, image=None)) for pick in picks]
    more = [_headline(code, text, i // 3) for i, text in enumerate(_MORE[code])]
    if language == "mixed":
        more[1] = _headline(other, _MORE[other][1], 1, "wire")
    return Plan(
        newsletter="morning",
        slot=_slot(),
        picks=tuple(picks),
        more=() if shape == "breaking" else tuple(more[: 3 if shape == "thin" else 6]),
        note=_NOTE[code] if shape == "full" else "",
    )


def _slot() -> Slot:
    return Slot(DUE, DUE.astimezone(ZoneInfo("Europe/London")), Window(DUE - timedelta(days=1), DUE))


def newsletter(language: str = "en", theme: str = "briefing", **changes: Any) -> NewsletterSettings:
    """Return the settings of the sample newsletter in a language."""
    code = "en" if language == "mixed" else language
    names = ("Economy", "City", "Culture") if code == "en" else ("اقتصاد", "المدينة", "ثقافة")
    words = {
        "en": {
            "title": "Morning briefing",
            "site": "The Harbour Post",
            "tagline": "صوت الميناء",
            "postal_address": "The Harbour Post, 7 Quay Street, Port City.",
            "sponsor": "**Quay Bakery** opens at five. [Order for the office](https://quaybakery.example/).",
        },
        "ar": {
            "title": "موجز الصباح",
            "site": "بريد الميناء",
            "tagline": "The Harbour Post",
            "postal_address": "بريد الميناء، ٧ شارع الرصيف، مدينة الميناء.",
            "sponsor": "**مخبز الرصيف** يفتح في الخامسة. [اطلب للمكتب](https://quaybakery.example/).",
        },
    }[code]
    colors = _COLORS if theme == "magazine" or language == "mixed" else ("",) * len(names)
    values: dict[str, Any] = {
        "name": "morning",
        "language": code,
        "theme": theme,
        "timezone": "Europe/London",
        "site_url": SITE,
        "from": "The Harbour Post <news@harbourpost.example>",
        "sections": [{"name": name, "color": color} for name, color in zip(names, colors, strict=False)],
        **words,
    }
    return NewsletterSettings.model_validate(values | changes)


def frame(language: str = "en", theme: str = "briefing", shape: str = "full", **changes: Any) -> Frame:
    """Return the frame of a sample edition; ``changes`` are settings of its newsletter."""
    return Frame(
        newsletter=newsletter(language, theme, **changes),
        public_id="k3v9q2m7x4ab",
        slot=_slot(),
        boundary="digest-6f1c2b0a9d8e7f60",
        base_url="https://news.harbourpost.example",
        images={f"sample:{place}": asset for place, asset in assets().items()},
        source_names={"post": "The Harbour Post", "wire": "Coast Wire"},
        own_sources=frozenset({"post"}),
        kind="breaking" if shape == "breaking" else "regular",
    )


# ── pictures ──────────────────────────────────────────────────────────────────────────


def assets() -> dict[int, Asset]:
    """Return the sample pictures as an edition knows them."""
    return {
        place: Asset(
            hash=sha256(f"sample {place}".encode()).hexdigest(),
            media_type="image/jpeg",
            width=1200,
            height=630,
            size=len(data),
        )
        for place, data in pictures().items()
    }
