"""config/*.toml + DIGEST_* environment (+ *_FILE secrets) → Settings, with all problems at once.

``models`` says what can be set; ``load`` reads it; ``lines`` finds the place of every key.
"""

from digest.settings.models import (
    NewsletterSettings,
    SectionSettings,
    SenderSettings,
    Settings,
    SourceSettings,
)

__all__ = ["NewsletterSettings", "SectionSettings", "SenderSettings", "Settings", "SourceSettings"]
