"""The page's text: the extractor's main pass, and a second opinion where that leaves most of the page."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from digest.ingest import extract

SENTENCE = "The council voted for the new bridge after nine hours, and the ferry goes on until March. "


def read(markup: str) -> str:
    """Extract as a page is read."""
    return extract.body(markup, "", extract.paragraphs(LexborHTMLParser(markup)))


def test_text_in_a_layout_of_tables_is_found():
    """Pages laid out in tables, which the extractor passes over, are read by the second opinion."""
    cell = "<br>".join(f"{n}. {SENTENCE * 2}" for n in range(8))
    markup = (
        "<html><head><title>Bridge</title></head><body><table><tr><td><ul><li><a href='/a'>Home</a></li></ul>"
        f"</td><td><table><tr><td><p>{cell}</p></td></tr></table></td></tr></table></body></html>"
    )
    assert read(markup).count("nine hours") == 16


def test_paragraphs_without_their_element_count_as_visible():
    """Boxes, cells and items with text of their own are paragraphs too; short labels are not."""
    markup = f"<p>{SENTENCE}</p><div>{SENTENCE}<b>x</b></div><table><td>{SENTENCE}</td></table><li>Menu</li>"
    visible = extract.paragraphs(LexborHTMLParser(markup))
    assert 3 * len(SENTENCE.strip()) <= visible <= 3 * len(SENTENCE) + 10


def test_a_told_body_serves_only_where_it_is_as_long():
    """JSON-LD's articleBody is believed near the extractor's length, and not where it is cut short."""
    markup = "<html><body><article>" + f"<p>{SENTENCE * 3}</p>" * 4 + "</article></body></html>"
    whole = "\n\n".join([(SENTENCE * 3).strip()] * 4).replace("nine hours", "nine long hours")
    visible = extract.paragraphs(LexborHTMLParser(markup))
    assert "nine long hours" in extract.body(markup, whole, visible)
    assert "nine long hours" not in extract.body(markup, whole[:300], visible)
