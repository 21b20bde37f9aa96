"""ARTICLES → STORIES → PICKS: group, rank, choose, relate, explain. Pure: no store, no clock, no chance."""
