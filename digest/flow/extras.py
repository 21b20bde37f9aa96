"""What stands around the picks: related headlines, earlier chapters, the same story elsewhere, more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.flow import chapters, kinship
from digest.flow import related as relating
from digest.flow.sketches import sketch_of
from digest.model import Headline
from digest.select.similar import nearly_equal
from digest.store import archive, stories
from digest.store import articles as stored
from digest.text import title_terms
from digest.text.meaning import encoder
from digest.text.sketch import sketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from digest.model import Article, Pick, Slot
    from digest.settings import NewsletterSettings
    from digest.store import Connection

LEAST = 0.15
"""A related headline is at least this near, by its own words and in all; the article itself is 1. Of labelled
newswire, less than half of what is below is on the same topic, and three quarters of what is above."""

CHAPTERS = 3
ALSO = 3


@dataclass(slots=True)
class Around:
    """Dresses the picks of one edition."""

    conn: Connection
    newsletter: NewsletterSettings
    slot: Slot
    unwanted: Sequence[Article] = ()  # what an editor dropped or holds back, the whole story with each

    def _taken(self, picks: Sequence[Pick]) -> tuple[set[int], set[int]]:
        """Return the articles and the stories that no line may name: picks, and what an editor took out."""
        articles = {pick.article.id for pick in picks} | {one.id for one in self.unwanted}
        stories = [pick.story for pick in picks] + [one.story for one in self.unwanted]
        return articles, {story for story in stories if story}

    def dress(self, picks: Sequence[Pick]) -> list[Pick]:
        """Give each pick its related headlines, timeline and the same story elsewhere."""
        printed, told = self._taken(picks)
        titles = [sketch_of(pick.article).title for pick in picks]
        dressed = []
        for pick in picks:
            one = self._dressed(pick, printed, told, titles)
            around = (*one.related, *one.timeline)
            printed |= {headline.article for headline in around}
            titles += map(_title, around)
            dressed.append(one)
        return dressed

    def _dressed(
        self,
        pick: Pick,
        printed: AbstractSet[int],
        told: AbstractSet[int],
        titles: Sequence[AbstractSet[int]],
    ) -> Pick:
        before = chapters.past(self.conn, pick.follows, pick.story) if pick.story else []
        timeline = self._timeline(pick, [story["id"] for story in before], printed)
        also = self._also(pick)
        shown = {one.article for one in (*timeline, *also)}
        followed = {story["id"] for story in before} if timeline else set[int]()
        wish = _Wanted(
            frozenset(printed | shown),
            frozenset(told | followed),
            (*titles, *map(_title, (*timeline, *also))),
        )
        return replace(pick, timeline=timeline, also=also, related=self._related(pick, wish))

    def _related(self, pick: Pick, wanted: _Wanted) -> tuple[Headline, ...]:
        if not self.newsletter.related:
            return ()
        letter, lines = self.newsletter, dict[int, Headline]()

        def allowed(numbers: list[int]) -> set[int]:
            found = archive.shown(self.conn, numbers, self.slot.at, letter.sources, letter.languages)
            lines.update(
                {
                    n: line
                    for n, (line, story) in found.items()
                    if story is None or story not in wanted.stories
                }
            )
            return set(lines)

        wish = relating.Wish(
            limit=self.newsletter.related,
            before=self.slot.at,
            around=pick.article.published,
            story=pick.story,
            without=wanted.articles,
            unlike=wanted.titles,
            once=True,
            least=LEAST,
            allowed=allowed,
            headline=pick.article.headline,
            encode=encoder() if self.newsletter.related_by == "meaning" else None,
        )
        found = relating.related(self.conn, sketch_of(pick.article), wish)
        found = [one for one in found if one.score >= LEAST]
        told = stored.by_ids(self.conn, [one.article for one in found])
        return tuple(
            replace(
                lines[one.article],
                score=one.score,
                reasons=kinship.reasons(one, pick.article, told[one.article]),
            )
            for one in found
        )

    def _timeline(self, pick: Pick, before: Sequence[int], printed: AbstractSet[int]) -> tuple[Headline, ...]:
        """Tell how it came to this: earlier chapters of its story and of those before, oldest first."""
        if pick.story is None:
            return ()
        window = self.slot.window
        numbers = stories.chapters(self.conn, pick.story, window.start, 4 * CHAPTERS)
        for story in before:
            numbers += stories.chapters(self.conn, story, window.start, CHAPTERS)
        letter = self.newsletter
        found = archive.shown(self.conn, numbers, self.slot.at, letter.sources, letter.languages)
        lines = [found[n][0] for n in numbers if n in found and n not in printed and n != pick.article.id]
        return tuple(reversed(_distinct(lines, [pick.article], CHAPTERS)))

    def _also(self, pick: Pick) -> tuple[Headline, ...]:
        """Show who else reports it in this window: one headline per source."""
        if pick.story is None:
            return ()
        numbers = stories.chapters(self.conn, pick.story, self.slot.window.end, 40)
        letter = self.newsletter
        found = archive.shown(self.conn, numbers, self.slot.at, letter.sources, letter.languages)
        unwanted = {one.id for one in self.unwanted}
        lines: dict[str, Headline] = {}
        for number in numbers:
            line = found[number][0] if number in found else None
            if line is None or line.published is None or line.source == pick.article.source:
                continue
            if number in unwanted:
                continue
            if line.published in self.slot.window:
                lines.setdefault(line.source, line)
        return tuple(lines.values())[:ALSO]

    def more(self, picks: Sequence[Pick], spare: Iterable[Article]) -> tuple[Headline, ...]:
        """List further headlines of the window, none that stands by a dressed pick or repeats another."""
        printed, told = self._taken(picks)
        around = [one for pick in picks for one in (*pick.related, *pick.timeline, *pick.also)]
        printed |= {one.article for one in around}
        lines = [_line(a) for a in spare if a.id not in printed and not (a.story and a.story in told)]
        return tuple(_distinct(lines, [*(pick.article for pick in picks), *around], self.newsletter.more))


@dataclass(frozen=True, slots=True)
class _Wanted:
    articles: frozenset[int]
    stories: frozenset[int]
    titles: tuple[AbstractSet[int], ...]


def _title(line: Headline) -> frozenset[int]:
    return sketch(line.headline, "", line.language).title


def _line(article: Article) -> Headline:
    return Headline(
        headline=article.headline,
        url=article.url,
        source=article.source,
        published=article.published,
        language=article.language,
        article=article.id,
    )


def _distinct(lines: Iterable[Headline], told: Iterable[Article | Headline], limit: int) -> list[Headline]:
    seen = [title_terms(article.headline, article.language) for article in told]
    kept: list[Headline] = []
    for line in lines:
        if len(kept) == limit:
            break
        title = title_terms(line.headline, line.language)
        if not nearly_equal(title, seen):
            kept.append(line)
            seen.append(title)
    return kept
