"""A few days of a house in two languages, with its editors at work: each database makes the same editions."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser

import pytest

from digest.flow import build, due, edit, preview, stories
from digest.flow.context import Context
from digest.flow.learn import learn
from digest.flow.plan import as_json, make_plan
from digest.flow.replay import replay
from digest.model import DecisionKind
from digest.store import Store, editions
from digest.store import articles as stored
from digest.testing.rankers import article
from tests.conftest import newsroom

FIRST = datetime(2026, 7, 5, 7, tzinfo=UTC)
DAY = timedelta(days=1)
BEFORE = (
    ("en", "Bridge over the Alder needs repair, engineers say"),
    ("en", "Bridge over the Alder closed to lorries"),
    ("en", "Hospital ship sails for the southern islands"),
    ("ar", "المهندسون يطالبون بإصلاح جسر النهر القديم"),
    ("ar", "إغلاق جسر النهر القديم أمام الشاحنات"),
    ("ar", "سفينة المستشفى تبحر إلى الجزر الجنوبية"),
)
DAYS = (
    (
        ("en", "Bridge over the Alder to be rebuilt within two years"),
        ("en", "Alder bridge: council votes to rebuild it within two years"),
        ("ar", "إعادة بناء جسر النهر القديم خلال عامين"),
        ("ar", "المجلس يصوت على إعادة بناء جسر النهر القديم"),
        ("en", "Orchestra names a conductor of twenty-six"),
        ("ar", "الفرقة الوطنية تختار قائدا في السادسة والعشرين"),
    ),
    (
        ("en", "Hospital ship returns from the southern islands"),
        ("ar", "عودة سفينة المستشفى من الجزر الجنوبية"),
        ("en", "Bakers strike over the price of flour"),
        ("ar", "إضراب الخبازين بسبب سعر الطحين"),
        ("en", "Reservoirs are full after the long drought"),
    ),
    (
        ("en", "Bakers' strike spreads to the islands as flour runs short"),
        ("en", "Flour runs short as strike of bakers reaches the islands"),
        ("ar", "المراصد ترصد مذنبا ذا ذيلين"),
        ("en", "Vineyards report an early harvest"),
    ),
)


def batch(lines, start, at, hours):
    """Make articles of outlets in turn, one every so many hours before a time."""
    made = []
    for n, (language, headline) in enumerate(lines, start):
        name = f"{language}{n % 3}"
        moment = at - timedelta(hours=hours * (n - start + 1), minutes=n)
        made.append(
            article(
                n,
                headline,
                language=language,
                source=name,
                url=f"https://{name}.example/{n}",
                summary=f"{headline}.",
                published=moment,
                seen_at=moment,
            )
        )
    return made


class House:
    """A house on one database; ``told`` gathers all that it made."""

    def __init__(self, url, root):
        self.store, self.now = Store(url), FIRST
        settings = newsroom(root)
        letter = settings.newsletters["daily"].model_copy(update={"picks": 4, "minimum": 1, "sections": ()})
        settings = settings.model_copy(update={"newsletters": {"daily": letter}})
        self.ctx = Context(settings, self.store, lambda: self.now)
        self.told, self.mail = [], b""

    def save(self, made):
        with self.store.write() as conn:
            kept = stored.save(conn, made, self.now)
            learn(conn, [*kept.new, *kept.changed], self.now)

    def decide(self, slot, kind, target="", value=""):
        edit.decide(self.ctx, "daily", slot, (DecisionKind(kind), target, value), "ana")

    def day(self, number):
        """Live one day: articles come, editors decide, the edition is made."""
        due_at = FIRST + number * DAY
        self.now = due_at - timedelta(minutes=20)
        self.save(batch(DAYS[number], 100 * (number + 1), due_at, 2))
        slot = due.slot_for(self.ctx, "daily", due_at)
        made = make_plan(self.ctx, "daily", slot)
        urls = [pick.article.url for pick in made.picks]
        self.decide(slot, "move", urls[-1], "1")
        self.decide(slot, "headline", urls[0], "In the editor's words")
        if number == 1:
            stories.merge(self.ctx, urls[:2], "ana")
            self.decide(slot, "hold", urls[2], f"{due_at + DAY:%Y-%m-%dT%H:%M}")
        self.now = due_at - timedelta(minutes=10)
        self.told.append(as_json(make_plan(self.ctx, "daily", slot)))
        edition = build.build(self.ctx, "daily", slot)
        with self.store.read() as conn:
            self.told.append(editions.variant_facts(conn, edition.id))
        return make_plan(self.ctx, "daily", slot)


@pytest.fixture
def houses(request, tmp_path):
    """Give a house on SQLite and one on PostgreSQL."""
    shutil.copy(request.getfixturevalue("_sqlite_template"), tmp_path / "digest.db")
    with request.getfixturevalue("_postgres_databases").lent() as url:
        both = [House(f"sqlite:///{tmp_path / 'digest.db'}", tmp_path), House(url, tmp_path)]
        yield both
        for house in both:
            house.store.close()


def test_both_databases_make_the_same_editions_in_two_languages(houses):
    """Plans, reasons, related headlines, compiled bytes, with decisions and a merge; and replays that agree.

    Related headlines are in the language of their pick.
    """
    for house in houses:
        house.save(batch(BEFORE, 1, FIRST - 200 * DAY, 30))
        plans = [house.day(number) for number in range(len(DAYS))]
        related = [(pick, line) for made in plans for pick in made.picks for line in pick.related]
        assert {pick.article.language for pick, _ in related} == {"en", "ar"}
        assert all(line.language == pick.article.language for pick, line in related)
        days = replay(house.ctx, "daily", FIRST, FIRST + 2 * DAY)
        assert [(day.added, day.removed) for day in days] == [((), ())] * len(DAYS)
        house.mail = preview.preview(house.ctx, "daily", FIRST + 2 * DAY).message
    first, second = houses
    assert first.told == second.told
    assert first.mail == second.mail
    page = BytesParser(policy=policy.default).parsebytes(first.mail).get_body(("html",)).get_content()
    assert 'lang="ar"' in page
    assert 'dir="rtl"' in page
