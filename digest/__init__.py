"""Digest: an email newsletter digest service for news sites.

    ingest → select → compose → deliver

A source's articles become stories, stories become an edition's picks, picks become
one frozen variant, and the variant becomes one message for each subscriber.
``digest.flow`` is the only place that knows this order.
"""

__version__ = "0.1.0"
