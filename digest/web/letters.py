"""Letters of the public pages: to confirm, to say that one is subscribed already, to one's own data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from digest.compose.color import tone
from digest.resources import data
from digest.web import language

if TYPE_CHECKING:
    from digest.flow.signup import Letter
    from digest.settings import Settings

_SAID = {  # kind: (subject, text, what the link does, why it came)
    "confirm": (
        "Confirm: %(title)s",
        "Someone, we hope you, asked for %(title)s at this address. Open this page and confirm:",
        "Confirm my subscription",
        "If it was not you, do nothing: nothing will come, and the address will be forgotten.",
    ),
    "known": (
        "You get %(title)s already",
        "Someone, we hope you, asked for %(title)s at this address. It gets it already. Your choices:",
        "Show my choices",
        "If it was not you, do nothing: nothing was changed.",
    ),
    "data": (
        "Your data: %(title)s",
        "On this page you can download or erase what we keep about you. The link works for one hour:",
        "Show my data",
        "If it was not you who asked, do nothing: nothing was changed.",
    ),
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter in its parts."""

    subject: str
    text: str
    html: str


class Letters:
    """The templates under ``templates/system``."""

    def __init__(self, settings: Settings) -> None:
        own = settings.path(settings.templates)
        loaders = [FileSystemLoader(own / "system"), FileSystemLoader(data("templates") / "system")]
        self._html = Environment(
            loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._text = self._html.overlay(autoescape=False)

    def render(self, letter: Letter) -> Rendered:
        """Render a letter in the reader's language."""
        voice = language.choose([letter.language, letter.newsletter.language])
        subject, text, action, why = _SAID[letter.kind]
        title = letter.newsletter.title
        values: dict[str, Any] = {
            "voice": voice,
            "newsletter": letter.newsletter,
            "subject": voice(subject, title=title),
            "text": voice(text, title=title) if "%(title)s" in text else voice(text),
            "action": voice(action),
            "why": voice(why),
            "link": letter.link,
            "accent": tone(letter.newsletter.accent).light,
        }
        return Rendered(
            values["subject"],
            self._text.get_template("letter.txt.j2").render(values),
            self._html.get_template("letter.html.j2").render(values),
        )
