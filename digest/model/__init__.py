"""The nouns of Digest as frozen values: the glossary in code. Imports nothing of the project.

Every datetime here is aware and in UTC unless its comment says otherwise.
"""

from digest.model.articles import Article, ArticleKind, Basis, Headline, Image, Refused, Source
from digest.model.audience import (
    Event,
    EventKind,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from digest.model.deliveries import (
    Allowance,
    Armed,
    Deferred,
    DeliveryState,
    Outcome,
    RefusedRecipient,
    Reserved,
    Settled,
    Span,
    Submitted,
    Turn,
    Unavailable,
    Uncertain,
)
from digest.model.editions import Edition, EditionState, Field, Message, Recipient, Variant
from digest.model.plans import Decision, DecisionKind, LeftOut, Pick, Plan, Reason, Slot, Window

__all__ = [
    "Allowance",
    "Armed",
    "Article",
    "ArticleKind",
    "Basis",
    "Decision",
    "DecisionKind",
    "Deferred",
    "DeliveryState",
    "Edition",
    "EditionState",
    "Event",
    "EventKind",
    "Field",
    "Headline",
    "Image",
    "LeftOut",
    "Message",
    "Outcome",
    "Pick",
    "Plan",
    "Reason",
    "Recipient",
    "Refused",
    "RefusedRecipient",
    "Reserved",
    "Settled",
    "Slot",
    "Source",
    "Span",
    "Submitted",
    "Subscriber",
    "Subscription",
    "SubscriptionState",
    "SuppressionReason",
    "Turn",
    "Unavailable",
    "Uncertain",
    "Variant",
    "Window",
]
