"""SOURCES → ARTICLES: read what a site sends, clean it, and give articles.

Knows neither store nor newsletters.

    Document → plugin.parse → Item → build → Article | Refused

A plugin turns one document (bytes from the network or a file) into items; ``build`` is the door through which
every item passes and where text, addresses and dates are put right. Parsing runs in worker processes
(``pool``) that can be stopped. ``digest.flow.refresh`` fetches, calls the pool and saves.
"""
