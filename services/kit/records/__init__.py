"""The one write path of every owner, and the generic reads.

See `apply` for what happens to a change from arrival to outbox row.
"""
