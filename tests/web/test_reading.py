"""Reading: pictures by their hash, editions as mailed, nothing else."""

from __future__ import annotations

from digest.store import images


def test_a_picture_is_given_by_its_hash_and_may_be_kept_for_ever(client, context):
    """Its bytes cannot change, since the name is their hash."""
    picture = images.StoredImage(hash="ab" * 32, media_type="image/png", width=1, height=1, body=b"PNG")
    with context.store.write() as conn:
        images.keep(conn, "https://x.example/a.png", 600, picture, context.now())
    for name in ("ab" * 32, "ab" * 32 + ".png"):
        for _ in range(2):
            answer = client.get(f"/i/{name}")
            assert (answer.status_code, answer.content) == (200, b"PNG")
            assert answer.headers["content-type"] == "image/png"
            assert "immutable" in answer.headers["cache-control"]
            for known in (
                answer.headers["etag"],
                f"W/{answer.headers['etag']}",
                '"x", ' + answer.headers["etag"],
                "*",
            ):
                again = client.get(f"/i/{name}", headers={"If-None-Match": known})
                assert (again.status_code, again.content, again.headers["etag"]) == (
                    304,
                    b"",
                    answer.headers["etag"],
                )


def test_what_is_not_there_is_not_found(client):
    """Nor is anything beside it."""
    for path in (
        "/i/" + "cd" * 32,
        "/i/../config/keys.toml",
        "/e/aaaaaaaaaaaa",
        "/e/1",
        "/e/' OR 1=1",
        "/nothing",
    ):
        assert client.get(path).status_code == 404
