"""Writing configuration: every key with its description and default, as comments, made from the models.

``config/digest.toml`` and ``config/newsletters/daily.toml`` are this module's output (a test compares),
so a setting cannot be added without standing there.
"""

from __future__ import annotations

import json
import textwrap
from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from digest.settings.models import (
    KeySettings,
    NewsletterSettings,
    SectionSettings,
    SenderSettings,
    Settings,
    SourceSettings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

NOT_WRITTEN = {(Settings, "root"), (NewsletterSettings, "name")}
"""Fields that come from outside the file: the folder, the file's name."""

_MAIN = """\
# Digest: the settings of this newsroom. Every key stands here with its default, commented out.
# Each can also be set in the environment: DIGEST_BASE_URL, DIGEST_WEB__PORT, DIGEST_SENDERS__MAIN__PASSWORD,
# or, for secrets in files, DIGEST_SENDERS__MAIN__PASSWORD_FILE. `digest check` tells what is wrong.
"""

_SENDERS = """\
# Ways out for mail, one table each; newsletters name theirs by `sender`.
# Further keys are the options of the sender's type: docs/reference/settings.md lists them.
"""

_SENDER_EXAMPLE = """\
# [senders.main]
# type = "smtp"
# host = "smtp.example.com"
# port = 587
# username = "digest"
# The password is best kept outside this file: DIGEST_SENDERS__MAIN__PASSWORD or …_PASSWORD_FILE.
"""

_HOOK_EXAMPLE = """\
# Webhooks by which mail services report bounces and complaints, one table each, at base_url/hooks/NAME.
# Further keys are the options of the hook's type: docs/howto/hook.md.
# [hooks.ses]
# type = "ses"
# topics = ["arn:aws:sns:eu-west-1:123456789012:bounces"]
"""

_DAILY = """\
# One newsletter; its name is this file's name. Every key stands here with its default, commented out.
"""


def duration(value: timedelta) -> str:
    """Write a duration as the configuration does: 90s, 10m, 6h, 1d."""
    seconds = int(value.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def toml_value(value: Any) -> str:
    """Write a value as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return json.dumps(duration(value))
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {toml_value(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def key_of(name: str, field: FieldInfo) -> str:
    """Return the key as written in files: the alias where there is one."""
    return field.alias or name


def inner_model(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a field holds: itself, in a tuple or by name; None for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (inner_model(part) for part in get_args(annotation))
    return next((model for model in found if model), None)


def plain_fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Give the fields that are plain ``key = value`` lines, with their keys."""
    for name, field in model.model_fields.items():
        if (model, name) not in NOT_WRITTEN and inner_model(field.annotation) is None:
            yield key_of(name, field), field


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, 106)]


def _lines(
    model: type[BaseModel], live: Mapping[str, Any], example: Mapping[str, Any] | None = None
) -> Iterator[str]:
    for key, field in plain_fields(model):
        default = field.get_default(call_default_factory=True)
        shown = (example or {}).get(key, "" if field.is_required() else default)
        yield from _comment(field.description or "")
        yield f"{key} = {toml_value(live[key])}" if key in live else f"# {key} = {toml_value(shown)}"
        yield ""


def _block(header: str, model: type[BaseModel], example: Mapping[str, Any]) -> list[str]:
    """Write a table that is commented out as a whole: header, then each key with its comment behind it."""
    lines = [f"# {header}"]
    for key, field in plain_fields(model):
        default = field.get_default(call_default_factory=True)
        value = toml_value(example.get(key, "" if field.is_required() else default))
        lines.append(f"# {key} = {value}".ljust(44) + f"  # {field.description}")
    return [*lines, ""]


def main_toml(live: Mapping[str, Any] | None = None) -> str:
    """Return ``digest.toml``: all keys, those of ``live`` set, and a maildir sender named outbox."""
    lines = [_MAIN, *_lines(Settings, live or {})]
    for name in ("ingest", "delivery", "web"):
        model = inner_model(Settings.model_fields[name].annotation)
        assert model is not None
        lines += [f"[{name}]", *_lines(model, {})]
    lines += [_SENDERS + "[senders.outbox]", *_lines(SenderSettings, {"type": "maildir"})][:-1]
    lines += ["# Where its messages are kept.", 'path = "var/outbox"', "", _SENDER_EXAMPLE, _HOOK_EXAMPLE]
    lines += ["# Where articles come from, one table each."]
    lines += _block(
        "[[sources]]", SourceSettings, {"url": "https://news.example/rss.xml", "key": "harbour-post"}
    )
    lines += ["# Secret keys in place; `digest init` writes them into secret_keys_file instead."]
    lines += _block("[[secret_keys]]", KeySettings, {"id": 1, "secret": "at least 32 random characters"})
    return "\n".join(lines).rstrip("\n") + "\n"


def newsletter_toml(live: Mapping[str, Any]) -> str:
    """Return ``newsletters/NAME.toml``: all keys, those of ``live`` set."""
    lines = [
        _DAILY,
        *_lines(NewsletterSettings, live),
        "# Sections with their quotas and colours, in the order they are printed.",
    ]
    lines += _block(
        "[[sections]]", SectionSettings, {"name": "world", "title": "World", "max": 3, "color": "#1B5E8C"}
    )
    return "\n".join(lines).rstrip("\n") + "\n"


DAILY: dict[str, Any] = {
    "title": "The Daily Digest",
    "timezone": "UTC",
    "schedule": "0 7 * * *",
    "sender": "outbox",
    "from": "The Daily Digest <daily@digest.example>",
}
"""What the newsletter of a new working folder sets."""
