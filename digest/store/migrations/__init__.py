"""The history of the schema, one for both databases; ``digest.store.migrate`` runs it."""
