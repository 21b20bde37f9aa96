"""An SMTP client made for one message per recipient at high speed: RFC 5321, 2920, 3030, 3207, 4954, 6531.

``replies`` parses answers; ``session`` speaks over one connection, driven by callbacks; ``setup`` greets,
secures and logs in; ``pool`` keeps the connections and slows down when asked to.
"""
