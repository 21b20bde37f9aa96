from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from digest.compose.inline import _premailer, inline
from digest.errors import ComposeError

PAGE = "<html><head><style>{css}</style>{head}</head><body>{body}</body></html>"


def page(css: str = "", body: str = "<p class='x'>text</p>", head: str = "") -> str:
    return PAGE.format(css=css, body=body, head=head)


@pytest.fixture
def hits():
    """Serve style sheets on loopback; gives the list of addresses asked for."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"p{color:red}")

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield seen, server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "css",
    [
        "@import url(http://127.0.0.1:{port}/x.css);",
        "@IMPORT 'http://127.0.0.1:{port}/x.css';",
        "@\\69mport url(x);",
    ],
)
def test_an_import_is_refused_with_its_line(hits, css):
    """A style sheet cannot make the program fetch anything, however the rule is spelled."""
    seen, port = hits
    with pytest.raises(ComposeError, match=r"line 1 .*@import fetches from the network"):
        inline(page(css.replace("{port}", str(port))))
    assert seen == []


def test_the_css_parser_itself_cannot_fetch(hits, tmp_path):
    """Even where the check is passed by, the parser's own fetcher refuses, for files too."""
    import cssutils

    seen, port = hits
    _premailer()
    secret = tmp_path / "secret.css"
    secret.write_text("p{color:blue}")
    for address in (f"http://127.0.0.1:{port}/x.css", secret.as_uri()):
        with pytest.raises(ComposeError, match="wants to fetch"):
            cssutils.util._defaultFetcher(address)
        try:
            sheet = cssutils.parseString(f"@import url({address}); p{{color:red}}")
            assert "blue" not in sheet.cssText.decode()
        except ComposeError:
            pass
    assert seen == []


def test_linked_style_sheets_are_refused():
    """Mail clients do not follow them, and neither does the inliner."""
    with pytest.raises(ComposeError, match="use <style>"):
        inline(page(head='<link rel="stylesheet" href="x.css">'))


def test_important_survives_in_a_kept_block():
    """Without it dark mode and phones would lose against what was inlined."""
    block = (
        '<style data-premailer="ignore">@media (prefers-color-scheme:dark){.x{color:#fff !important}}</style>'
    )
    done = inline(page(".x{color:#111}", head=block))
    assert "color:#fff !important" in done
    assert 'style="color:#111"' in done


def test_important_survives_in_a_media_query_that_is_left_over():
    """The same for a theme that forgets to mark its block."""
    done = inline(page(".x{color:#111} @media (max-width:480px){.x{color:#222 !important}}"))
    assert "!important" in done


def test_css_never_becomes_a_legacy_attribute():
    """width=calc(…) and bgcolor=rgba(…) are invalid; align from CSS would undo right-to-left."""
    css = "td{width:calc(100% - 10px);background-color:rgba(0,0,0,.5);text-align:start;height:1em}"
    done = inline(page(css, "<table><tr><td align='right'>x</td></tr></table>"))
    cell = done[done.index("<td") : done.index(">", done.index("<td"))]
    assert 'align="right"' in cell
    assert not any(f" {name}=" in cell for name in ("width", "bgcolor", "valign", "height"))


def test_conditional_comments_are_kept_to_the_byte():
    """Word needs them as they are."""
    comment = '<!--[if mso]><table role="presentation" width="600"><tr><td><![endif]-->'
    assert comment in inline(page("p{color:red}", f"{comment}<p>x</p>"))


def test_downlevel_revealed_comments_are_refused():
    """They would come out broken: the remedy is named."""
    with pytest.raises(ComposeError, match=r"if !mso\]><!-->"):
        inline(page("", "<![if !mso]><p>x</p><![endif]>"))


def test_rules_that_cannot_be_inlined_are_refused():
    """@font-face and @supports would silently vanish."""
    with pytest.raises(ComposeError, match=r"@font-face cannot be written into elements"):
        inline(page("@font-face{font-family:x;src:local(y)}"))


def test_it_says_nothing(capfd):
    """Unknown properties are usual in mail; the parser's log would fill a terminal."""
    inline(page(".x{mso-line-height-rule:exactly;-webkit-text-size-adjust:100%;color-scheme:light}"))
    assert capfd.readouterr() == ("", "")


def test_addresses_are_left_alone():
    """Ampersands, entities that look like parameters, and Arabic paths keep their meaning."""
    done = inline(page("a{color:red}", '<a href="https://a.example/?x=1&amp;copy=2&amp;lang=ar">سلام</a>'))
    assert 'href="https://a.example/?x=1&amp;copy=2&amp;lang=ar"' in done
    assert "سلام" in done


def test_a_style_sheet_is_worked_out_once_and_fits_every_page():
    """A page of a known sheet costs a fraction of the first; each gets its own rules, @media included."""
    css = "".join(f".c{n}{{color:#{n:06d};padding:{n}px;font-family:Georgia,serif}}" for n in range(300))
    css += "p{margin:0}@media (max-width:400px){.x{width:100%}}"
    begun = time.process_time()
    first = inline(page(css, "<p class='c7'>a</p>"))
    middle = time.process_time()
    second = inline(page(css, "<p class='c8'>b</p>"))
    assert time.process_time() - middle < (middle - begun) / 2
    for html, n in ((first, 7), (second, 8)):
        assert f"color:#{n:06d}; padding:{n}px" in html.replace("; ", ";").replace(";", "; ")
        assert "@media" in html
    assert inline(page(css, "<p class='c7'>a</p>")) == first
    assert "margin:0" not in inline(page(css.replace("p{margin:0}", "")))
