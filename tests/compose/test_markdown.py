from __future__ import annotations

from digest.compose.markdown import prose


def test_emphasis_links_and_lists_are_kept():
    """What an editor needs."""
    made = prose("Read **this** and [that](https://a.example/x).\n\n- one\n- two", "ltr")
    assert made is not None
    assert "<strong>this</strong>" in made.html
    assert '<a class="link" href="https://a.example/x">that</a>' in made.html
    assert made.html.count("<li") == 2


def test_raw_html_is_shown_not_obeyed():
    """An editor's note cannot bring scripts, images or styles."""
    made = prose('<img src=x onerror=alert(1)> <script>x</script> <a href="javascript:x">y</a>', "ltr")
    assert made is not None
    assert "<img" not in made.html
    assert "<script" not in made.html
    assert "javascript:x" not in made.html.replace("&quot;", '"').split("<a ")[0].split("href")[0]


def test_only_safe_addresses_become_links():
    """Addresses of https and mailto; nothing else."""
    made = prose(
        "[a](javascript:alert(1)) [b](http://plain.example) [c](data:text/html,x) [d](mailto:a@b.example)",
        "ltr",
    )
    assert made is not None
    assert "javascript" not in made.html.split("href=")[-1]
    assert made.html.count("href=") == 1
    assert 'href="mailto:a@b.example"' in made.html


def test_the_text_has_the_same_words_and_the_links_addresses():
    """A reader of the plain part can follow them."""
    made = prose("Read **this** at [the letters](https://a.example/l).\nNow.", "ltr")
    assert made is not None
    assert made.text == "Read this at the letters. Now.\nhttps://a.example/l"


def test_paragraphs_in_another_direction_say_so():
    """An Arabic note in an English edition."""
    made = prose("صباح الخير", "ltr")
    assert made is not None
    assert 'dir="rtl"' in made.html
    assert 'dir="' not in prose("صباح الخير", "rtl").html


def test_nothing_is_nothing():
    """Neither an empty box nor an empty paragraph."""
    assert prose("  \n ", "ltr") is None
