"""ARTICLES → STORIES → PICKS: group, rank, choose, relate, explain. Pure: receives candidates, never a store."""
