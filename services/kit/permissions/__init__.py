"""What a user may do with which records: one reading of the grants, three outputs that must agree.

    access = Access.from_json(body)
    select(line).where(condition(access, entity, "read", catalogue))    SQL
    matches(access, "offers", "write", chain)                           one record and its ancestors
    buckets_for(access, "offers") & buckets_of("offers", chain, ...)    synchronisation

Grants only allow. A record is within a grant when one of the grant's scopes holds for it; a scope is terms
that must all hold; a term holds when it holds for the record's own field or for any of its ancestors', up to
the root, so two terms may hold at different levels. Facets belong to the grant that names them; `base` goes
without saying.
"""

from services.kit.permissions.ancestors import Catalogue, PlacedEntity
from services.kit.permissions.buckets import and_terms_of, buckets_for, buckets_of, facet_bucket
from services.kit.permissions.matcher import Place, matches, visible_facets
from services.kit.permissions.model import Access, Grant, Kind, Scope, Term, system_access
from services.kit.permissions.sql import condition, facet_conditions

__all__ = [
    "Access",
    "Catalogue",
    "Grant",
    "Kind",
    "Place",
    "PlacedEntity",
    "Scope",
    "Term",
    "and_terms_of",
    "buckets_for",
    "buckets_of",
    "condition",
    "facet_bucket",
    "facet_conditions",
    "matches",
    "system_access",
    "visible_facets",
]
