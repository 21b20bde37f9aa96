"""MESSAGE → OUTCOME: the engine that empties the ledger through senders, with pace, retries and brakes.

``sender`` is the interface a plugin fulfils; ``engine`` keeps at most K deliveries armed and records what
became of them; ``retry`` decides what a reply means and when to try again; ``dkim`` signs.
"""
