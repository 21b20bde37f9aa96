"""The senders that come with Digest, one module each; found by entry point."""
