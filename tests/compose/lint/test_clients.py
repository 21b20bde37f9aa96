from __future__ import annotations

from digest import compose
from digest.compose.lint.clients import CLIENTS, FACTS, report
from digest.compose.lint.dom import Page
from digest.testing import samples

MINIMAL = "<html><head><style>{css}</style></head><body>{body}</body></html>"


def used(css: str = "", body: str = "") -> set[str]:
    return {name for name, _, _ in report(Page(MINIMAL.format(css=css, body=body)))}


def test_every_fact_names_known_clients():
    """A client misspelled would never be reported."""
    for fact in FACTS:
        assert fact.without <= set(CLIENTS), fact.name


def test_features_are_found_where_they_are_used():
    """In style blocks, style attributes, attributes and pictures."""
    assert "@media" in used("@media (max-width:9px){a{}}")
    assert "border-radius" in used(body='<p style="border-radius:4px">x</p>')
    assert "links within the mail" in used(body='<a href="#x">x</a>')
    assert "WebP pictures" in used(body='<img src="https://a.example/x.webp">')
    assert "lang on table cells" in used(body='<table><tr><td lang="ar">x</td></tr></table>')
    assert used() == set()


def test_the_themes_use_little_that_some_clients_lack():
    """Nothing whose absence would lose words or links."""
    allowed = {
        "<style>",
        "@media",
        "prefers-color-scheme",
        "[data-ogsc], [data-ogsb]",
        "max-width",
        "display:inline-block",
        "opacity",
        "aria-label, aria-hidden",
        "role on elements other than tables",
    }
    for theme in samples.THEMES:
        page = Page(compose.compile(samples.plan("mixed"), samples.frame("mixed", theme)).html)
        assert {name for name, _, _ in report(page)} <= allowed
