"""The audience: addresses, tables of readers, limits, bounces. Pure rules; never a store."""
