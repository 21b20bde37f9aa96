"""Classification: formats of many mail systems, rebuilt by hand, each with what must be concluded."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.bounces import classify

ORIGINAL = """Return-Path: <bounces+x@post.example>
Received: from mx.post.example by mx.example.net; Sun, 5 Jul 2026 07:00:00 +0000
Message-ID: <abc.def@post.example>
From: The Harbour Post <news@post.example>
To: ann@example.org
Subject: The morning
List-Unsubscribe: <https://news.post.example/u/abc>

Good morning. The mailbox is full of unknown users; we blocked spam from invalid addresses.
"""


def plain(text, sender="MAILER-DAEMON@mx.example.net", subject="failure notice", extra=""):
    return (
        f"Return-Path: <>\nFrom: {sender}\nTo: bounces+x@post.example\nSubject: {subject}\n{extra}"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}"
    ).encode()


def dsn(fields, text="", subject="Undelivered Mail Returned to Sender", extra=""):
    return (
        "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.net>\n"
        f"To: bounces+x@post.example\n{extra}"
        f"Subject: {subject}\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=B\n\n"
        f"--B\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\n--B\n"
        "Content-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example.net\nArrival-Date: Sun, 5 Jul 2026 07:00:00 +0000\n\n{fields}\n\n"
        f"--B\nContent-Type: message/rfc822\n\n{ORIGINAL}\n--B--\n"
    ).encode()


def failed(status, diagnostic, action="failed", recipient="ann@example.org"):
    return dsn(
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {diagnostic}",
    )


STANDARD = {
    "unknown": (
        failed("5.1.1", "550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown"),
        "address",
        "5.1.1",
    ),
    "domain": (
        failed(
            "5.4.4",
            "Host or domain name not found. Name service error for name=example.org type=A: Host not found",
        ),
        "address",
        "5.4.4",
    ),
    "domain 5.1.2": (failed("5.1.2", "550 5.1.2 ann@example.org... Host unknown"), "address", "5.1.2"),
    "moved": (failed("5.1.6", "551 5.1.6 User has moved; please try <ann@example.com>"), "address", "5.1.6"),
    "full": (
        failed("5.2.2", "552 5.2.2 The email account that you tried to reach is over quota"),
        "mailbox",
        "5.2.2",
    ),
    "full, coded badly": (
        failed("5.7.1", "550 5.7.1 Mailbox quota exceeded for this user"),
        "mailbox",
        "5.7.1",
    ),
    "inactive": (
        failed("5.2.1", "550 5.2.1 The email account that you tried to reach is inactive"),
        "address",
        "5.2.1",
    ),
    "rate": (
        failed(
            "5.2.1",
            "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents "
            "additional messages",
        ),
        "mailbox",
        "5.2.1",
    ),
    "too large": (
        failed("5.3.4", "552 5.3.4 Message size exceeds fixed maximum message size"),
        "content",
        "5.3.4",
    ),
    "attachment": (
        failed(
            "5.7.0",
            "552 5.7.0 This message was blocked because its content presents a potential security "
            "issue: attachment type not allowed",
        ),
        "content",
        "5.7.0",
    ),
    "virus": (failed("5.7.1", "550 5.7.1 Message rejected: virus found (Eicar-Test)"), "content", "5.7.1"),
    "spam": (
        failed("5.7.1", "550 5.7.1 Message rejected due to content that looks like spam"),
        "policy",
        "5.7.1",
    ),
    "blocklist": (
        failed("5.0.0", "554 Service unavailable; Client host [192.0.2.1] blocked using zen.example.com"),
        "policy",
        None,
    ),
    "dmarc": (
        failed(
            "5.7.26", "550 5.7.26 This mail is unauthenticated, which poses a security risk; DMARC policy"
        ),
        "policy",
        "5.7.26",
    ),
    "5.7.1 unknown": (failed("5.7.1", "550 5.7.1 ann@example.org: Recipient not found"), "address", "5.7.1"),
    "generic status": (failed("5.0.0", "550 5.1.1 No such user"), "address", "5.1.1"),
    "access denied": (
        failed("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
        "address",
        "5.4.1",
    ),
    "expired": (failed("4.4.7", "451 4.4.7 Message expired: connection timed out"), "mailbox", "4.4.7"),
    "loop": (failed("5.4.6", "554 5.4.6 Too many hops 26 (25 max)"), "mailbox", "5.4.6"),
    "sender": (
        failed("5.1.8", "553 5.1.8 <news@post.example>... Domain of sender address does not exist"),
        "us",
        "5.1.8",
    ),
    "syntax": (failed("5.5.2", "501 5.5.2 Syntax error in parameters"), "us", "5.5.2"),
    "line": (failed("5.6.0", "554 5.6.0 Message content rejected, bad header"), "content", "5.6.0"),
    "no words": (failed("5.5.0", "554 IP=192.0.2.254 - A problem occurred (BL)"), "policy", "5.5.0"),
}


@pytest.mark.parametrize("name", STANDARD)
def test_delivery_status(name):
    """RFC 3464: class and code from status and diagnostic, the recipient from its field."""
    data, classed, code = STANDARD[name]
    report = classify(data)
    assert (report.kind, report.recipient, report.classed) == ("bounce", "ann@example.org", classed)
    if code:
        assert report.code == code
    assert report.reason
    assert report.original.message_id == "abc.def@post.example"
    assert report.delivered_to == "bounces+x@post.example"


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("delayed", "4.4.1", "delay"),
        ("failed", "4.4.1", "bounce"),
        ("delivered", "2.0.0", "other"),
        ("relayed", "2.1.9", "other"),
        ("expanded", "2.0.0", "other"),
    ],
)
def test_the_action_decides(action, status, kind):
    """A delay is no bounce, a success is neither, and giving up after temporary failures is one."""
    assert classify(failed(status, "connection timed out", action)).kind == kind


TOLD = {
    "qmail": (
        plain(
            "Hi. This is the qmail-send program at mx.example.net.\n"
            "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
            "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
            "<ann@example.org>:\n192.0.2.7 does not like recipient.\n"
            "Remote host said: 550 5.1.1 <ann@example.org>... User Unknown\n"
            f"Giving up on 192.0.2.7.\n\n--- Below this line is a copy of the message.\n\n{ORIGINAL}"
        ),
        "address",
        "5.1.1",
    ),
    "qmail, local": (
        plain(
            "Hi. This is the qmail-send program.\n\n<ann@example.org>:\n"
            "Sorry, no mailbox here by that name. (#5.1.1)\n\n"
            f"--- Below this line is a copy of the message.\n\n{ORIGINAL}"
        ),
        "address",
        "5.1.1",
    ),
    "qmail, no host": (
        plain(
            "<ann@example.org>:\nSorry, I couldn't find any host named example.org. (#5.1.2)\n\n"
            f"--- Below this line is a copy of the message.\n\n{ORIGINAL}"
        ),
        "address",
        "5.1.2",
    ),
    "exim": (
        plain(
            "This message was created automatically by mail delivery software.\n\n"
            "A message that you sent could not be delivered to one or more of its\n"
            "recipients. This is a permanent error. The following address(es) failed:\n\n"
            "  ann@example.org\n    SMTP error from remote mail server after RCPT "
            "TO:<ann@example.org>:\n"
            "    host mx.example.org [192.0.2.9]: 550 5.2.2 <ann@example.org>... Mailbox Full\n\n"
            f"------ This is a copy of the message, including all the headers. ------\n\n{ORIGINAL}",
            subject="Mail delivery failed: returning message to sender",
            extra="X-Failed-Recipients: ann@example.org\nAuto-Submitted: auto-replied\n",
        ),
        "mailbox",
        "5.2.2",
    ),
    "exim, unrouteable": (
        plain(
            "The following address(es) failed:\n\n  ann@example.org\n    Unrouteable address\n\n"
            f"------ This is a copy of the message. ------\n{ORIGINAL}",
            extra="X-Failed-Recipients: ann@example.org\n",
            subject="Mail delivery failed",
        ),
        "address",
        "",
    ),
    "gmx": (
        plain(
            "This message was created automatically by mail delivery software.\n"
            "A message that you sent could not be delivered to one or more of\n"
            "its recipients. This is a permanent error. The following address\nfailed:\n\n"
            '"ann@example.org":\nSMTP error from remote server after RCPT command:\n'
            "host: mx.example.org\n5.1.1 <ann@example.org>... User Unknown\n\n"
            f"--- The header of the original message is following. ---\n\n{ORIGINAL}",
            subject="Mail delivery failed: returning message to sender",
        ),
        "address",
        "5.1.1",
    ),
    "yahoo": (
        plain(
            "Sorry, we were unable to deliver your message to the following address.\n\n"
            "<ann@example.org>:\nRemote host said: 550 5.2.2 <ann@example.org>... Mailbox Full "
            f"[RCPT_TO]\n\n--- Below this line is a copy of the message.\n\n{ORIGINAL}",
            subject="Failure Notice",
        ),
        "mailbox",
        "5.2.2",
    ),
    "notes": (
        plain(
            "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\n"
            f"ann@example.org\n\n\n------- Returned Message --------\n{ORIGINAL}",
            sender="postmaster@example.org",
            subject="Undeliverable message",
        ),
        "address",
        "",
    ),
    "exchange 2003": (
        plain(
            "Your message did not reach some or all of the intended recipients.\n\n"
            "      To:\tann@example.org\n      Subject:\tThe morning\n"
            "      Sent:\t7/5/26 7:00:00 AM\n\nThe following recipient(s) could not be reached:\n\n"
            "      ann@example.org on 7/5/26 7:00:01 AM\n            Recipient Not Found\n"
            "            MSEXCH:IMC:QUAY:HARBOUR:ANN\n",
            sender="System Administrator <postmaster@example.org>",
            subject="Undeliverable: The morning",
        ),
        "address",
        "",
    ),
    "mailmarshal": (
        plain(
            "Your message:\n   From:    news@post.example\n   Subject: The morning\n\n"
            "Could not be delivered because of\n\n550 5.1.1 User unknown\n\n"
            "The following recipients were affected: \n    ann@example.org\n\n"
            "Additional Information\n======\nOriginal Sender:    <news@post.example>\n"
            "Sender-MTA:         <10.11.12.13>\n",
            sender="postmaster@example.org",
            subject='Undeliverable Mail: "The morning"',
        ),
        "address",
        "5.1.1",
    ),
    "sendmail 8.6": (
        plain(
            "   ----- The following addresses had delivery problems -----\n"
            "<ann@example.org>  (unrecoverable error)\n\n"
            "   ----- Transcript of session follows -----\n... while talking to mx.example.org.:\n"
            ">>> RCPT To:<ann@example.org>\n<<< 550 <ann@example.org>... User unknown\n"
            "550 <ann@example.org>... User unknown\n\n   ----- Original message follows -----\n"
            f"{ORIGINAL}",
            subject="Returned mail: User unknown",
        ),
        "address",
        "550",
    ),
    "imail": (
        plain(
            f"Invalid final delivery userid: ann@example.org\n\nOriginal message follows.\n\n{ORIGINAL}",
            sender="Postmaster <postmaster@example.org>",
            subject="Undeliverable Mail",
        ),
        "address",
        "",
    ),
    "opensmtpd": (
        plain(
            "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n"
            "    An error has occurred while attempting to deliver a message for\n"
            "    the following list of recipients:\n\n"
            "ann@example.org: 550 5.2.2 <ann@example.org>... Mailbox Full\n\n"
            f"    Below is a copy of the original message:\n\n{ORIGINAL}",
            subject="Delivery status notification: error",
        ),
        "mailbox",
        "5.2.2",
    ),
    "gmail, old": (
        plain(
            "Delivery to the following recipient failed permanently:\n\n     ann@example.org\n\n"
            "Technical details of permanent failure: \n"
            "Google tried to deliver your message, but it was rejected by the recipient domain. The "
            "error that the other server returned was: 550 550 5.1.1 <ann@example.org>... User "
            "Unknown (state 14).\n\n   ----- Original message -----\n\n" + ORIGINAL,
            sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            subject="Delivery Status Notification (Failure)",
        ),
        "address",
        "5.1.1",
    ),
    "surfcontrol": (
        plain(
            "Your message could not be sent.\n"
            "A transcript of the attempts to send the message follows.\n"
            "The number of attempts made: 1\nAddressed To: ann@example.org\n\n"
            "Sun 5 Jul 2026 07:00:00 +0000\nFailed to send to identified host,\n"
            "ann@example.org: [192.0.2.5], 550 ann@example.org... No such user\n"
            "--- Message non-deliverable.\n",
            sender="postmaster@example.org",
            subject="Message status: undeliverable",
        ),
        "address",
        "550",
    ),
    "mobile carrier": (
        plain(
            "Your mail sent on: Sun, 5 Jul 2026 07:00:00 +0900\n\n"
            "    Could not be delivered to: <ann@example.org>\n    As their mailbox is full.\n",
            sender="no-reply@example.org",
            subject="Mail could not be delivered",
        ),
        "mailbox",
        "",
    ),
    "messaging server": (
        plain(
            "This report relates to a message you sent with the following header fields:\n\n"
            "  Message-id: <abc.def@post.example>\n  From: news@post.example\n"
            "  To: ann@example.org\n\n"
            "Your message cannot be delivered to the following recipients:\n\n"
            "  Recipient address: ann@example.org\n"
            "  Reason: Remote SMTP server has rejected address\n"
            "  Diagnostic code: smtp;550 5.1.1 <ann@example.org>... User Unknown\n",
            sender="postmaster@example.net",
            subject="Delivery Notification: Delivery has failed",
        ),
        "address",
        "5.1.1",
    ),
    "zoho": (
        plain(
            "This message was created automatically by mail delivery software.\n"
            "A message that you sent could not be delivered to one or more of its recipients. This "
            "is a permanent error. \n\n"
            "ann@example.org Invalid Address, ERROR_CODE :550, ERROR_CODE :Requested action not "
            "taken: mailbox unavailable\n\nReceived:from mail.example.net by mx\n"
            "To:<ann@example.org>\n",
            subject="Undelivered Mail Returned to Sender",
        ),
        "address",
        "550",
    ),
    "german": (
        plain(
            "Ihre Nachricht konnte nicht zugestellt werden.\n\nann@example.org:\n"
            "Das Postfach des Empfängers ist voll.\n",
            sender="Mail Delivery System <postmaster@example.org>",
            subject="Unzustellbar: Der Morgen",
        ),
        "mailbox",
        "",
    ),
    "japanese": (
        plain(
            "以下のメールを配信できませんでした。\n\nann@example.org\n宛先が見つかりません。\n",
            sender="postmaster@example.org",
            subject="配信できませんでした",
        ),
        "address",
        "",
    ),
    "spam filter": (
        plain(
            "The following message to <ann@example.org> was undeliverable.\n"
            "The reason for the problem:\n"
            "5.x.0 - Message bounced by administrator; sender is on a blacklist\n",
            sender="postmaster@example.org",
            subject="Delivery Status Notification (Failure)",
        ),
        "policy",
        "",
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_mail_systems_without_the_standard_write(name):
    """Kind, recipient, class and code out of free text; the returned copy's words count for nothing."""
    data, classed, code = TOLD[name]
    report = classify(data)
    assert (report.kind, report.recipient, report.classed) == ("bounce", "ann@example.org", classed)
    assert report.code == code


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Warning: message 1abc delayed 24 hours",
            (
                "This message was created automatically by mail delivery software.\n"
                "A message that you sent has not yet been delivered to one or more of its\n"
                "recipients after more than 24 hours on the queue.\n\n"
                "The address to which the message has not yet been delivered is:\n\n  ann@example.org\n"
                "\nNo action is required on your part. Delivery attempts will continue for some time.\n"
            ),
        ),
        (
            "Warning: could not send message for past 4 hours",
            (
                "    ***  THIS IS A WARNING MESSAGE ONLY  ***\n"
                "    ***  YOU DO NOT NEED TO RESEND YOUR MESSAGE  ***\n\n"
                "<ann@example.org>... Deferred: Connection timed out with mx.example.org\n"
                "Will keep trying until message is 5 days old\n"
            ),
        ),
        (
            "Delivery Status Notification (Delay)",
            (
                "This is an automatically generated Delivery Status Notification\n\n"
                "THIS IS A WARNING MESSAGE ONLY.\n\n"
                "Delivery to the following recipient has been delayed:\n\n     ann@example.org\n"
            ),
        ),
    ],
)
def test_delays_are_told_from_bounces(subject, text):
    """The mail service goes on trying: nobody is suppressed for it."""
    report = classify(plain(text, subject=subject))
    assert (report.kind, report.recipient) == ("delay", "ann@example.org")


@pytest.mark.parametrize(
    "subject",
    [
        "Out of Office: The morning",
        "Automatic reply: The morning",
        "Abwesenheitsnotiz: Urlaub",
        "Automatische Antwort: Morgen",
        "Réponse automatique : Le matin",
        "Respuesta automática: La mañana",
        "Risposta automatica: fuori ufficio",
        "Resposta automática",
        "Automatisch antwoord: afwezig",
        "自動返信",
        "自动回复",
        "Автоматический ответ",
        "رد تلقائي",
        "Autosvar",
        "Otomatik yanıt",
        "מענה אוטומטי",
        "자동 응답",
    ],
)
@pytest.mark.parametrize("declared", ["", "Auto-Submitted: auto-replied\n"])
def test_automatic_replies_never_count(subject, declared):
    """Whether they declare themselves (RFC 3834) or only say so, in many languages."""
    report = classify(
        plain("I am away until Monday. My mailbox may be full.", "Ann <ann@example.org>", subject, declared)
    )
    assert (report.kind, report.recipient, report.classed) == ("auto-reply", "ann@example.org", "")


def test_a_vacation_notice_that_mentions_errors_is_no_bounce():
    """Words in a person's text do not make a mail system of them."""
    text = "I am out of the office. If you get error 550 5.1.1 user unknown, write to bob@example.org."
    assert (
        classify(plain(text, "ann@example.org", "Re: The morning", "X-Autoreply: yes\n")).kind == "auto-reply"
    )


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        (
            "IT Help <help@evil.example>",
            "Mail delivery failed",
            "Your mailbox quota is exceeded: click here.",
        ),
        ("Mail Admin <admin@evil.example>", "Undelivered messages pending", "5 mails wait for low storage."),
        ("Bob <bob@reader.example>", "Re: The morning", "I got a failure notice: 550 5.1.1 user unknown."),
        ("Bob <bob@reader.example>", "Re: Undeliverable: x", "What is <ann@example.org>: 550 user unknown?"),
    ],
)
def test_people_who_speak_of_bounces_send_none(sender, subject, text):
    """Readers ask, and fishers lure with them: neither is a mail system."""
    assert classify(plain(text, sender, subject).replace(b"Return-Path: <>\n", b"")).kind == "other"


@pytest.mark.parametrize(
    ("subject", "text", "outcome"),
    [
        (
            "**Message you sent blocked by our bulk email filter**",
            "Your message to: ann@example.org\nwas blocked by our Spam Firewall.",
            "policy",
        ),
        (
            "无法投递: 早报",
            "无法传递到以下收件人或组:\n\nann@example.org\n找不到您输入的电子邮件地址。",
            "address",
        ),
        (
            "NOTICE: mail delivery status.",
            "The original message was received today\n\nNO MAIL\n\n<ann@example.org>:\n<<< 550 5.1.1\n",
            "address",
        ),
    ],
)
def test_further_systems(subject, text, outcome):
    """Firewalls, localised Exchange, Courier."""
    report = classify(plain(text, subject=subject))
    assert (report.kind, report.recipient, report.classed) == ("bounce", "ann@example.org", outcome)


@pytest.mark.parametrize(
    "subject",
    [
        "תשובה אוטומטית: בוקר",
        "پاسخ خودکار: صبح",
        "स्वचालित उत्तर: सुबह",
        "Automātiska atbilde: Rīts",
        "Sjálfvirkt svar: x",
    ],
)
def test_automatic_replies_in_further_languages(subject):
    """Without any header that declares them."""
    data = f"From: Ann <ann@example.org>\nTo: x@post.example\nSubject: {subject}\n\nx\n".encode()
    assert classify(data).kind == "auto-reply"


def test_an_ordinary_letter_is_other():
    """A reader who writes back is not counted as anything."""
    assert (
        classify(plain("Thank you for the piece on the harbour!", "ann@example.org", "Re: The morning")).kind
        == "other"
    )


def arf(kind, more=""):
    return (
        "From: fbl@mail.example.net\nTo: complaints@post.example\nSubject: FW: The morning\n"
        "MIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=B\n\n--B\n"
        "Content-Type: text/plain\n\n"
        "This is an email abuse report.\n\n--B\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: X/1\nVersion: 1\n{more}\n\n--B\n"
        f"Content-Type: message/rfc822\n\n{ORIGINAL}\n--B--\n"
    ).encode()


@pytest.mark.parametrize(
    ("kind", "conclusion"),
    [
        ("abuse", "complaint"),
        ("fraud", "complaint"),
        ("opt-out", "complaint"),
        ("not-spam", "other"),
        ("auth-failure", "other"),
    ],
)
def test_feedback_reports(kind, conclusion):
    """RFC 5965: the reader marked it as spam; "not spam" and reports on signatures are no complaints."""
    for data in (arf(kind, "Original-Rcpt-To: <ann@example.org>"), arf(kind)):
        report = classify(data)
        assert (report.kind, report.recipient) == (conclusion, "ann@example.org")


def test_a_complaint_names_its_reader_in_the_returned_copy():
    """A large receiver writes the address into the copy, whose To may be somebody else's."""
    data = plain(
        f"--B\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: eve@example.org\n{ORIGINAL}--B--\n",
        "staff@mail.example",
        "complaint about message from 192.0.2.1",
    ).replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=B")
    assert (classify(data).kind, classify(data).recipient) == ("complaint", "eve@example.org")


LETTERS = {
    "passed on": ("Fwd: Undelivered Mail Returned to Sender", "Look, 550 5.1.1 user unknown."),
    "asks": ("Delivery problem", "My mailbox is full at ann@example.org. Can you send to eve@example.org?"),
    "report of a fault": (
        "Bounce handling: user unknown",
        "550 5.1.1 <eve@example.org>: User unknown\nPatch below.",
    ),
    "a list": (
        "Big mailer returns 550 5.7.1 for all mail",
        "It says 550 5.7.1 for eve@example.org. Anyone else?",
    ),
    "an administrator": (
        "Mail error",
        "eve@example.org could not get our newsletters: 550 blocked. Best regards",
    ),
}


@pytest.mark.parametrize("name", LETTERS)
def test_letters_about_bounces_are_no_bounces(name):
    """A person's own return path, words of their own or a subject passed on outweigh codes and phrases."""
    subject, text = LETTERS[name]
    sent = plain(text, "Ann <ann@office.example>", subject)
    assert classify(sent.replace(b"Return-Path: <>", b"Return-Path: <ann@office.example>")).kind == "other"


def test_courtesies_make_no_letter_of_a_report():
    """From nobody (an empty return path): templates of mail systems thank and greet as well."""
    text = "Could not deliver to <eve@example.org>: 550 no such user. Thanks in advance. Kind regards, IT"
    data = plain(text, "Help desk <desk@example.org>", "Mail delivery failed")
    for nobody in (b"<>", b"<null>", b"<MAILER-DAEMON@mx.example>", b""):
        report = classify(data.replace(b"<>", nobody, 1))
        assert (report.kind, report.recipient, report.classed) == ("bounce", "eve@example.org", "address")


def test_a_bounce_attached_to_a_letter_is_no_bounce():
    """What a person passes on stays theirs; what a mail system passes on is read as its own."""
    inner = failed("5.1.1", "550 5.1.1 User unknown", recipient="eve@example.org").decode()
    outer = (
        "Return-Path: <{0}>\nFrom: {1}\nTo: bounces+y@post.example\nSubject: Returned mail\n"
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=A\n\n--A\nContent-Type: text/plain\n\n"
        "The following addresses had errors:\n\n--A\nContent-Type: message/rfc822\n\n{2}\n--A--\n"
    )
    person = outer.format("ann@office.example", "Ann <ann@office.example>", inner).replace("following", "old")
    assert classify(person.replace("Returned mail", "What is this?").encode()).kind == "other"
    gateway = classify(outer.format("", "MAILER-DAEMON@gate.example", inner).encode())
    assert (gateway.kind, gateway.recipient, gateway.classed) == ("bounce", "eve@example.org", "address")
    assert gateway.delivered_to == "bounces+y@post.example"


GATEWAYS = {
    "telephones": (
        "post_master@phones.example",
        "Re:The morning",
        "",
        "Error: invalid user address\n\n550 - no such user here\n\n  RCPT TO: 0123@phones.example\n",
        ("0123@phones.example", "address", "550"),
    ),
    "declared an answer": (
        "mailer-daemon",
        "We had trouble",
        "Auto-Submitted: auto-replied\n",
        (
            "These recipients returned errors: eve@example.org. Reason: [554 5.4.6 Hop count exceeded]\n\n"
            "The attachment contains the headers.\n"
        ),
        ("eve@example.org", "mailbox", "5.4.6"),
    ),
    "refused by a rule": (
        "Mail Delivery Subsystem <admin@example.org>",
        "Automatically rejected mail",
        "Auto-Submitted: auto-replied (rejected)\n",
        "Your message to <eve@example.org> was automatically rejected:\nQuota exceeded\n",
        ("eve@example.org", "mailbox", ""),
    ),
    "a laboratory": (
        "postmaster@lab.example",
        'FAILED MAIL to "eve"',
        "",
        "The address to which it was addressed, eve@lab.example, did not exactly match an address here.\n",
        ("eve@lab.example", "address", ""),
    ),
    "no reason": (
        "MAILER-DAEMON@cn.example",
        "邮件传输失败",
        "",
        "邮件无法送达。\n\n<eve@cn.example>:\n",
        ("eve@cn.example", "mailbox", ""),
    ),
    "two paragraphs": (
        "Mail Administrator <postmaster@example.org>",
        "Mail System Error - Returned Mail",
        "",
        (
            "This was undeliverable due to the following reason:\n\nThe host was not reachable in time.\n\n"
            "These did not receive it:\n\n     <eve@example.org>\n"
        ),
        ("eve@example.org", "mailbox", ""),
    ),
}


@pytest.mark.parametrize("name", GATEWAYS)
def test_gateways_and_old_servers(name):
    """Whatever they declare and however they answer, what a mail system says is read."""
    sender, subject, extra, text, expected = GATEWAYS[name]
    report = classify(plain(text, sender, subject, extra))
    assert (report.kind, report.recipient, report.classed, report.code) == ("bounce", *expected)


@pytest.mark.parametrize(
    "final", ["rfc822;@store.example.org:ann@lmtp_daemon", "x400; /RFC-822=ann(a)example.org/C=WW/"]
)
def test_an_address_within_the_receivers_house_is_none(final):
    """The original recipient is taken where the final one is a route or of another kind (RFC 3464, 2.3.1)."""
    data = dsn(
        f"Original-Recipient: rfc822;ann@example.org\nFinal-Recipient: {final}\nAction: failed\nStatus: 5.1.1"
    )
    assert classify(data).recipient == "ann@example.org"


def test_the_text_gives_the_code_the_fields_withhold():
    """Status 5.0.0 without a diagnostic: the text tells, if the report is about one reader only."""
    fields = "Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.0.0"
    assert classify(dsn(fields, "host 192.0.2.1 says:\n 550 5.1.1 User unknown")).code == "5.1.1"
    two = f"{fields}\n\n{fields.replace('ann@', 'eve@')}"
    assert classify(dsn(two, "host 192.0.2.1 says:\n 550 5.1.1 User unknown")).code == "5.0.0"


def test_receipts_never_count():
    """A notification of reading or deleting (RFC 8098) is an automatic answer."""
    data = plain("Your message was deleted without being read.", "Ann <ann@example.org>", "Not read").replace(
        b"text/plain;", b"multipart/report; report-type=disposition-notification; boundary=B;"
    )
    assert classify(data).kind == "auto-reply"


def test_a_machines_own_news_is_no_answer():
    """Automatic, but in answer to nothing (RFC 3834, 5.1)."""
    data = plain(
        "disk quota exceeded on /home", "root@web.example", "Cron", "Auto-Submitted: auto-generated\n"
    )
    assert classify(data.replace(b"Return-Path: <>", b"Return-Path: <root@web.example>")).kind == "other"


def test_a_reason_keeps_to_its_own_lines():
    """It goes on until a blank line, another code or an address."""
    report = classify(
        plain("<ann@example.org>:\n550 Requested action not taken:\n mailbox unavailable\n\nWrite to us.\n")
    )
    assert report.reason == "550 Requested action not taken: mailbox unavailable"
    two = classify(plain("ann@example.org\n550 unknown user\neve@example.org was the other one.\n"))
    assert two.reason == "550 unknown user"


def test_our_own_address_is_never_the_reader():
    """Not even where the returned copy was addressed to ourselves and nothing else is named."""
    copy = ORIGINAL.replace("To: ann@example.org", "To: news@post.example")
    report = classify(plain(f"Your mail could not be delivered.\n\n--- Below this line is a copy.\n\n{copy}"))
    assert (report.kind, report.recipient) == ("bounce", "")


def test_line_ends_of_every_system_are_read():
    """CR LF, LF, and CR alone; with or without the line an mbox begins with."""
    data = failed("5.1.1", "550 5.1.1 User unknown")
    for changed in (
        data,
        data.replace(b"\n", b"\r\n"),
        data.replace(b"\n", b"\r"),
        b"From MAILER-DAEMON Sun Jul  5 07:00:00 2026\n" + data,
    ):
        assert classify(changed).code == "5.1.1"


def effort(data: bytes) -> float:
    """Return the seconds of processor time it takes to read a message."""
    begun = time.process_time()
    assert classify(data).kind
    return time.process_time() - begun


RUNS = [" ", "\n", "-", "=", " \n", " \t", "!", "a@b.example ", "user ", "<!--", "<style>", "<br "]


@pytest.mark.parametrize("run", RUNS)
def test_four_times_the_padding_costs_four_times_the_effort(run):
    """A hostile letter is read in time that grows with its length, not with the square of it (16 times)."""
    kind = b"Content-Type: text/html\n" if "<" in run else b""
    short, long = (kind + plain(f"hi\n{run * (size // len(run))}x") for size in (6_000, 24_000))
    assert effort(long) < 7 * max(effort(short), effort(short)) + 0.01


@pytest.mark.parametrize("where", ["text", "header", "field"])
def test_only_the_beginning_of_what_never_ends_is_looked_at(where):
    """Megabytes of text, a header or a field cost no more than their beginning."""

    def letter(size):
        words = "so " * size
        return {
            "text": plain(f"hi\n{words}"),
            "header": b"Subject: " + words.encode() + b"\n" + plain("hi"),
            "field": failed("5.1.1", words),
        }[where]

    assert effort(letter(200_000)) < 2.5 * effort(letter(20_000)) + 0.02


NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1500))


@pytest.mark.parametrize("within", [NESTED, b"Content-Type: message/rfc822\n\n" * 1500])
def test_parts_within_parts_by_the_thousand_are_read_from_the_top(within):
    """A reader that goes down into each would be at the end of its stack: what the head says is enough."""
    head = b"From: MAILER-DAEMON@mx.example.net\nSubject: Undelivered\nX-Failed-Recipients: ann@example.org\n"
    report = classify(head + within + b"550 5.1.1 no such user\n")
    assert (report.kind, report.recipient) == ("bounce", "ann@example.org")


@pytest.mark.parametrize(
    "inner", ["[" * 20_000, '{"a":' * 9_000, '"Bounce", "Message": "' + "[ " * 9_000 + '"}']
)
def test_a_notification_nested_without_end_is_none(inner):
    """What cannot be read as JSON is a letter like others."""
    assert classify(plain('{"notificationType": ' + inner, sender="ann@example.org")).kind == "other"


def test_a_header_of_endless_parameters_costs_no_more_than_its_beginning():
    """To part it at its quotes would take time that grows with the square of its length."""
    short, long = (
        b'Content-Type: text/plain; a="' + b';\\"' * size + b'"\n' + plain("hi") for size in (6_000, 24_000)
    )
    assert effort(long) < 4 * max(effort(short), effort(short)) + 0.02


@given(st.binary(max_size=400))
def test_nothing_makes_it_fail(noise):
    """Whatever comes back gets a conclusion."""
    head = b"From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; boundary=B\n\n"
    head += b"--B\nContent-Type: message/delivery-status\n\n"
    for data in (noise, b"Subject: " + noise, head + noise):
        assert classify(data).kind
