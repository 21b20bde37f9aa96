"""Small documents of every format, written for the tests."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>The Harbour Post</title><link>https://post.example/</link><language>en-GB</language><ttl>30</ttl>
<item><title>Ferry line returns to the old pier</title><link>https://post.example/news/ferry-returns?utm_source=rss</link>
<guid isPermaLink="false">hp-1001</guid><pubDate>Sun, 05 Jul 2026 08:30:00 BST</pubDate><category>Harbour</category>
<description>&lt;p&gt;After nine years the ferry will call at the old pier again.&lt;/p&gt; &lt;a href="#"&gt;Continue reading...&lt;/a&gt;</description>
<media:content url="https://post.example/i/ferry.jpg" medium="image" width="1200"/></item>
<item><title>Market hall roof to be mended &amp;amp; painted</title><link>/news/market-roof</link>
<pubDate>Sat, 04 Jul 2026 17:00:00 +0000</pubDate><description>Work begins in autumn.</description>
<content:encoded><![CDATA[<p>Work begins in autumn.</p><p>The council voted on Friday.</p><script>alert(1)</script>]]></content:encoded></item>
</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ar"><title>بريد الميناء</title><link href="https://barid.example/"/>
<updated>2026-07-05T09:00:00Z</updated><id>tag:barid.example,2026:feed</id>
<entry><title>عودة العبّارة إلى الرصيف القديم</title><link href="https://barid.example/akhbar/1"/><id>tag:barid.example,2026:1</id>
<published>2026-07-05T08:00:00+03:00</published><updated>2026-07-05T08:30:00+03:00</updated>
<summary type="html">&lt;p&gt;بعد تسع سنوات تعود العبّارة إلى الرصيف القديم.&lt;/p&gt;</summary></entry></feed>""".encode()

JSON_FEED = b"""{"version":"https://jsonfeed.org/version/1.1","title":"The Post","home_page_url":"https://post.example/","language":"en",
"items":[{"id":"1","url":"https://post.example/j/1-school","title":"School opens <b>early</b>","content_html":"<p>The school by the river opens a week early this year, the head said.</p>",
"date_published":"2026-07-05T06:00:00Z","authors":[{"name":"Mara Quill"}],"tags":["Schools"],"image":"https://post.example/i/school.jpg"}]}"""

JSON_LINES = b"""{"url":"https://post.example/l/1","headline":"Library keeps its late hours","summary":"The library stays open until ten.","published":"2026-07-05T05:00:00Z"}
{"url":"https://post.example/l/2","title":"Strike at the yard ends","published":"2026-07-04"}
"""

NEWS_SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://post.example/news/storm-closes-bridge</loc><news:news><news:publication><news:name>The Harbour Post</news:name>
<news:language>en</news:language></news:publication><news:publication_date>2026-07-05T07:00:00+01:00</news:publication_date>
<news:title>Storm closes the river bridge for a day</news:title></news:news></url></urlset>"""

SITEMAP_INDEX = b"""<?xml version="1.0" encoding="UTF-8"?>
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://post.example/sitemap-2026-07.xml.gz</loc>
<lastmod>2026-07-05</lastmod></sitemap><sitemap><loc>https://post.example/sitemap-2019.xml.gz</loc><lastmod>2019-12-31</lastmod></sitemap></sitemapindex>"""

PAGE = """<!DOCTYPE html><html lang="en"><head><title>River bridge opens after nine years - The Harbour Post</title>
<link rel="canonical" href="https://post.example/news/1-bridge"></head><body>
<header><h1>The Harbour Post</h1><p dir="rtl" lang="ar">صوت الميناء منذ عام ١٩٢١ في كل مكان من المدينة</p><p>Sunday 5 July 2026</p></header>
<main><article><h2>River bridge opens after nine years</h2><p class="byline">By Mara Quill</p><time datetime="2026-07-05T07:15:00Z">5 July</time>
<p>The new bridge over the Tarn opened on Saturday, nine years after the first stone was laid and two years later than the council had promised its people.</p>
<p>Thousands walked across before the first cars were let on at noon, among them the mason who laid the first stone and the engineer who had to redraw it twice.</p>
<p>The mayor said the cost had been met without new debt, which the opposition doubts; the audit is due in autumn and will be read aloud in the council.</p>
</article></main>
<form><p>Sign up for our newsletter every single morning</p><input type="email"><button>Sign me up for it now</button></form>
<div class="audio-player"><a href="/audio/123-listen-now">Listen to this article now in six minutes</a></div>
<section><h3>Latest</h3><ul>%s</ul></section>
<footer><a href="/about-us-and-our-people">About us and all of our people</a></footer></body></html>"""
_WORDS = (
    "harbour",
    "council",
    "votes",
    "market",
    "ferry",
    "storm",
    "school",
    "budget",
    "river",
    "library",
    "strike",
    "festival",
)
PAGE = (
    PAGE
    % "".join(
        f'<li><a href="/news/{n}-more"><h4>{_WORDS[n % 12].title()} report {n} brings the {_WORDS[n * 5 % 12]} to the {_WORDS[n * 7 % 12]}</h4>'
        f"<span>Local</span></a></li>\n"
        for n in range(100, 150)
    )
).encode()
