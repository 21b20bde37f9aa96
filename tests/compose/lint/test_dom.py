from __future__ import annotations

from digest.compose.lint.dom import Page, declarations, words


def test_lines_are_those_of_the_source():
    """A finding must lead to its place."""
    page = Page("<html>\n<body>\n<p>\nx</p></body></html>")
    assert [(element.tag, element.line) for element in page.elements] == [("html", 1), ("body", 2), ("p", 3)]


def test_words_comments_are_opened_up():
    """What only Word reads is parsed too, and marked so; its lines are those of the page."""
    page = Page("<body>\n<!--[if mso]><table>\n<tr><td><![endif]-->x</body>")
    assert [(element.tag, element.line, element.word) for element in page.everything] == [
        ("body", 1, False),
        ("table", 2, True),
        ("tr", 3, True),
        ("td", 3, True),
    ]


def test_what_is_hidden_is_not_visible():
    """Neither the preheader nor what it holds, nor head and style."""
    page = Page(
        "<head><title>t</title></head><body><div style='display:none'><p>no</p></div><p>yes</p></body>"
    )
    assert page.visible == "yes"


def test_declarations_keep_brackets_and_quotes_together():
    """A semicolon within url() or quotes parts nothing."""
    found = declarations("a:url(x;y);font-family:'A; B', serif; color:red")
    assert found == [("a", "url(x;y)"), ("font-family", "'A; B', serif"), ("color", "red")]


def test_words_are_what_a_reader_takes_in():
    """Spaces collapsed, fillers and direction marks dropped."""
    assert words(" a\u200b \u2067b\u2069\n\u2007\ufeffc ") == "a b c"
