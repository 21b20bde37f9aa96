from __future__ import annotations

from datetime import UTC, datetime, timedelta

from digest.store import images

NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)


def picture(body: bytes = b"bytes") -> images.StoredImage:
    return images.StoredImage(
        hash=f"h{body.hex()}", media_type="image/jpeg", width=1200, height=630, body=body
    )


def test_a_picture_is_known_by_its_address_and_width(store):
    """What was made for 600 pixels says nothing of 264."""
    with store.write() as conn:
        images.keep(conn, "https://a.example/1.jpg", 600, picture(), NOW)
    with store.read() as conn:
        known = images.known(conn, ["https://a.example/1.jpg", "https://a.example/2.jpg"], 600)
        assert set(known) == {"https://a.example/1.jpg"}
        found = known["https://a.example/1.jpg"].image
        assert found is not None
        assert (found.width, found.size, found.body) == (1200, 5, b"")
        assert images.known(conn, ["https://a.example/1.jpg"], 264) == {}
        assert images.known(conn, [], 600) == {}


def test_equal_pictures_from_two_addresses_are_kept_once(store):
    """Both addresses lead to the one hash."""
    with store.write() as conn:
        images.keep(conn, "https://a.example/1.jpg", 600, picture(), NOW)
        images.keep(conn, "https://b.example/1.jpg", 600, picture(), NOW)
    with store.read() as conn:
        known = images.known(conn, ["https://a.example/1.jpg", "https://b.example/1.jpg"], 600)
        assert len({entry.image.hash for entry in known.values() if entry.image}) == 1
        stored = images.get(conn, picture().hash)
        assert stored is not None
        assert stored.body == b"bytes"


def test_why_there_is_no_picture_is_kept_and_forgotten_once_there_is(store):
    """A broken picture that was mended replaces its reason."""
    with store.write() as conn:
        images.refuse(conn, "https://a.example/1.jpg", 600, "it answered 404", NOW)
    with store.read() as conn:
        known = images.known(conn, ["https://a.example/1.jpg"], 600)["https://a.example/1.jpg"]
        assert (known.image, known.error, known.at) == (None, "it answered 404", NOW)
    with store.write() as conn:
        images.keep(conn, "https://a.example/1.jpg", 600, picture(), NOW + timedelta(hours=1))
    with store.read() as conn:
        known = images.known(conn, ["https://a.example/1.jpg"], 600)["https://a.example/1.jpg"]
        assert known.image is not None
        assert known.error == ""


def test_an_unknown_hash_is_none(store):
    """The web part answers 404 then."""
    with store.read() as conn:
        assert images.get(conn, "nothing") is None
