"""One group of items against the records they name, inside one transaction.

Aggregate roots are locked first, in id order; then every item is applied in order to the locked rows; then
each touched aggregate is settled once; then everything is written, one statement per table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.kit.database.unit_of_work import Row, UnitOfWork
from services.kit.entities import BASE, Entity, entity, fragments
from services.kit.entities.canonical import Values, copied
from services.kit.errors import Forbidden, Invalid, NotAllowedNow, NotFound, SalesError, Stale, Violation
from services.kit.fields.definitions import CUSTOM
from services.kit.fields.writing import Shaping
from services.kit.permissions import Access, matches, visible_facets
from services.kit.records.checking import check_immutable, check_record, parse_request
from services.kit.records.claims import Decision, raised_only_by
from services.kit.records.items import Item, id_in
from services.kit.records.merge import merge, parse_fields
from services.kit.records.places import ancestor, chain_of, children_entities
from services.kit.records.reading import ReadRecord
from services.kit.records.references import Fetch, check_open_references, check_references
from services.kit.records.rules import CommandCall, Rules


class ItemFailed(Exception):
    """The item at which a group failed; its cause is the error."""

    def __init__(self, item: Item, error: SalesError) -> None:
        super().__init__(str(error))
        self.item = item
        self.error = error


class Execution:
    """The items of one group, on their way into the records."""

    def __init__(
        self,
        uow: UnitOfWork,
        access: Access,
        rules: Rules,
        items: Sequence[Item],
        *,
        fetch: Fetch,
        survivors: Mapping[str, str],
        hopeful: bool,
        with_records: bool,
    ) -> None:
        """Take the items of a group.

        `survivors` are those of the merged records among what the items name. A hopeful execution does not
        look whether records to be created exist: the write fails with CHANGED_MEANWHILE if one does.
        """
        self.uow = uow
        self.access = access
        self.rules = rules
        self.items = items
        self.fetch = fetch
        self._start_versions: dict[str, int] = {}
        #: Aggregate root that each item touched, by the item's id.
        self._roots: dict[UUID, Row] = {}
        self._unsettled: dict[str, Row] = {}
        self._current_ids = [item.id for item in items]
        self._survivors = survivors
        #: Items that named a merged record: the versions that they speak of are not the survivor's.
        self._redirected: set[UUID] = set()
        self._hopeful = hopeful
        self._with_records = with_records
        self._shaping = Shaping(uow, access, fetch=fetch, survivors=survivors)

    def run(self) -> list[Decision]:
        """Apply every item and write the records.

        Raises:
            ItemFailed: one item is refused, and with it the whole group.
            Unavailable: something that is needed is away.
        """
        self._resolve_aliases()
        self._lock()
        self._read_references()
        decisions = [self._guarded(item) for item in self.items]
        try:
            self._settle()
            self.uow.stamp()
        except SalesError as error:
            raise ItemFailed(self.items[-1], error) from error
        for decision in decisions:
            self._complete(decision)
        return decisions

    def _guarded(self, item: Item) -> Decision:
        try:
            if item.malformed is not None:
                raise item.malformed
            offline = self.uow.actor.device_id is not None and item.made_at is not None
            self.uow.made_at = min(item.made_at or self.uow.now, self.uow.now) if offline else self.uow.now
            return self._command(item) if item.command else self._change(item)
        except SalesError as error:
            raise ItemFailed(item, error) from error

    # Locking

    def _resolve_aliases(self) -> None:
        """Let what is meant for a merged record go to its survivor."""
        for item in self.items:
            if item.op != "create" and item.record_id in self._survivors:
                item.record_id = self._survivors[item.record_id]
                self._redirected.add(item.id)

    def _lock(self) -> None:
        """Lock what the items name: aggregate roots before their children, each table in id order.

        Records to be created are looked for here too, all of an entity at once.
        """
        for name, ids in self._created().items():
            if self._hopeful:
                self.uow.promise_new(name, ids)
            else:
                self.uow.get_many(name, ids)
        wanted: dict[str, set[str]] = {}
        for item in self.items:
            if item.malformed is None and item.entity is not None:
                for name, record_id in self._lock_targets(item, item.entity):
                    wanted.setdefault(name, set()).add(record_id)
        for name in sorted(wanted, key=_depth):
            for row in self.uow.get_many(name, wanted[name], lock=True).values():
                self._start_versions[row.id] = row.stored_version

    def _read_references(self) -> None:
        """Read what the items refer to, all of an entity at once."""
        wanted: dict[str, set[str]] = {}
        for item in self.items:
            for name, reference in item.entity.references.items() if item.entity is not None else ():
                if reference.references in self.uow.tables and (named := id_in(item.fields.get(name))):
                    wanted.setdefault(reference.references, set()).add(self._survivors.get(named, named))
        for name, ids in wanted.items():
            self.uow.get_many(name, ids)

    def _created(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for item in self.items:
            if item.op == "create" and item.entity is not None and item.malformed is None:
                found.setdefault(item.entity.name, set()).add(item.record_id)
        return found

    def _lock_targets(self, item: Item, target: Entity) -> list[tuple[str, str]]:
        aggregate = entity(item.command.aggregate if item.command else target.aggregate)
        own = [] if item.op == "create" else [(target.name, item.record_id)]
        if aggregate.name == target.name:
            return own
        root_id = self._aggregate_id(item, target, aggregate)
        return [*own, (aggregate.name, root_id)] if root_id else own

    def _aggregate_id(self, item: Item, target: Entity, aggregate: Entity) -> str:
        """Return the id of the aggregate root, "" where the record or its parents are not stored (yet)."""
        if item.op == "create":
            parent_id = id_in(item.fields.get(target.parent_field))
            parent_id = self._survivors.get(parent_id, parent_id)
            if not parent_id:
                return ""
            current_entity, current_id = entity(target.parent), parent_id
        else:
            current_entity, current_id = target, item.record_id
        while current_entity.name != aggregate.name:
            row = self.uow.get(current_entity.name, current_id)
            if row is None:
                return ""
            current_id = row.values[current_entity.parent_field]
            current_entity = entity(current_entity.parent)
        return current_id

    # Changes

    def _change(self, item: Item) -> Decision:
        target = _require_entity(item)
        if item.op in target.closed:
            raise Forbidden("OPERATION_CLOSED", params={"entity": target.name, "op": item.op})
        if item.op == "create":
            return self._create(item, target)
        row = self._visible(item, target)
        self._permit(row, "write")
        if item.op == "delete":
            return self._delete(item, row)
        return self._update(item, row)

    def _create(self, item: Item, target: Entity) -> Decision:
        if self.uow.get(target.name, item.record_id) is not None:
            raise Invalid("ALREADY_EXISTS", "a record with this id exists", params={"id": item.record_id})
        wanted = parse_fields(target, item.fields, creating=True)
        self._shaping.canonical(target, wanted, {})
        if self.uow.user_id and not wanted.get("owner_id"):
            wanted["owner_id"] = self.uow.user_id
        row = self.uow.create(target.name, wanted | {"id": item.record_id})
        self._check_references(row, [name for name in target.references if row.values[name]])
        self._check_open_references(row, list(target.open_references))
        self._permit_facets(row, item)
        self._admit(row, None, item)
        # Last, because the entity's rules may place it: by default where its author works.
        self._permit(row, "write")
        return self._touched(Decision(item, "applied", changed=True, record_id=row.id), row)

    def _update(self, item: Item, row: Row) -> Decision:
        self._permit_facets(row, item)
        target, current = row.entity, row.values
        revived = bool(current["deleted"])
        wanted = parse_fields(target, item.fields, creating=False)
        self._shaping.canonical(target, wanted, current)
        stale = self._is_stale(item, row)
        if stale and item.strict:
            raise Stale("STALE", params={"id": row.id})
        base = self._shaping.base(target, row, item.base)
        merged = merge(target, current, wanted, base, stale=stale)
        check_immutable(target, current, merged.values)
        decision = Decision(item, "applied", conflicts=merged.conflicts, record_id=row.id)
        if merged.conflicts:
            decision.outcome = "conflict"
        elif stale:
            decision.outcome = "merged"
        if not merged.values and not revived:
            return decision
        self._guard(row)
        before = copied(current, target)
        current.update(merged.values)
        current["deleted"] = False
        changed = [name for name in target.references if name in merged.values]
        self._check_references(row, changed)
        named = {*merged.values}
        self._check_open_references(
            row, [n for n, field in target.open_references.items() if named & {n, field.entity_field}]
        )
        self._admit(row, before, item)
        decision.changed = True
        return self._touched(decision, row)

    def _delete(self, item: Item, row: Row) -> Decision:
        if row.values["deleted"]:
            return Decision(item, "applied", record_id=row.id)
        if self._is_stale(item, row) and not self._raised_by_own_device(item, row):
            if item.strict:
                raise Stale("STALE", params={"id": row.id})
            return Decision(item, "conflict", conflicts={"deleted": False}, record_id=row.id)
        self._guard(row)
        on_delete = self.rules.of(row.entity.name).delete
        if on_delete is not None:
            on_delete(self.uow, row)
        self._refuse_children(row)
        row.values["deleted"] = True
        return self._touched(Decision(item, "applied", changed=True, record_id=row.id), row)

    def _refuse_children(self, row: Row) -> None:
        self._shaping.refuse_children(row)
        for child in children_entities(row.entity):
            if self.uow.children(child.name, row.id):
                raise NotAllowedNow(
                    "HAS_CHILDREN", params={"entity": row.entity.name, "children": child.name}
                )

    def _is_stale(self, item: Item, row: Row) -> bool:
        if item.base_version is None:
            return False
        if item.id in self._redirected:
            return True
        # A version that the record has not reached is of an earlier life of the database, before a restore:
        # what its author saw decides, as with any other that is not the present one.
        return item.base_version != self._start_version(row)

    def _start_version(self, row: Row) -> int:
        """Return the version that the author of a group could have seen; 0 of what the group itself made."""
        known = self._start_versions.get(row.id)
        return self.uow.version_before(row) if known is None else known

    def _raised_by_own_device(self, item: Item, row: Row) -> bool:
        device = self.uow.actor.device_id
        version = self._start_version(row)
        return (
            device is not None
            and item.id not in self._redirected
            and (item.base_version or 0) <= version
            and raised_only_by(
                self.uow.connection,
                device,
                row.id,
                base=item.base_version or 0,
                version=version,
                current=self._current_ids,
            )
        )

    # Commands

    def _command(self, item: Item) -> Decision:
        command = item.command
        assert command is not None
        row = self._visible(item, _require_entity(item))
        self._permit(row, command.action)
        if not command.idempotent and self._is_stale(item, row) and not self._raised_by_own_device(item, row):
            raise Stale("STALE", "the record moved on", params={"id": row.id})
        request = parse_request(item)
        self._settle()
        before = [(other, dict(other.values)) for other in self.uow.rows()]
        call = CommandCall(
            change_id=str(item.id),
            access=self.access,
            request=request,
            facets=visible_facets(self.access, row.entity.grant_group, "read", chain_of(self.uow, row)),
        )
        answer = self.rules.commands[row.entity.name, command.name](self.uow, row, call) or row
        known = {other.key for other, _ in before}
        changed = any(values != other.values for other, values in before) or any(
            self.uow.has_changed(other) for other in self.uow.rows() if other.key not in known
        )
        root = ancestor(self.uow, row, entity(command.aggregate))
        self._roots[item.id] = root
        return Decision(item, "applied", changed=changed, record_id=answer.id)

    # Steps

    def _visible(self, item: Item, target: Entity) -> Row:
        row = self.uow.get(target.name, item.record_id)
        if row is None or (row.values["deleted"] and item.command is not None):
            raise NotFound("RECORD_NOT_FOUND", params={"entity": target.name, "id": item.record_id})
        if not matches(self.access, target.grant_group, "read", chain_of(self.uow, row)):
            raise NotFound("RECORD_NOT_FOUND", params={"entity": target.name, "id": item.record_id})
        return row

    def _check_references(self, row: Row, names: list[str]) -> None:
        check_references(self.uow, self.access, row, names, fetch=self.fetch, survivors=self._survivors)

    def _check_open_references(self, row: Row, names: list[str]) -> None:
        check_open_references(self.uow, self.access, row, names, fetch=self.fetch, survivors=self._survivors)

    def _permit(self, row: Row, action: str) -> None:
        if not matches(self.access, row.entity.grant_group, action, chain_of(self.uow, row)):
            raise Forbidden("NOT_GRANTED", params={"entity": row.entity.name, "action": action})

    def _permit_facets(self, row: Row, item: Item) -> None:
        self._shaping.permit(row, item.fields)
        named = {
            name: field.facet
            for name in item.fields
            if (field := row.entity.fields.get(name)) and field.facet != BASE
        }
        if not named:
            return
        facets = visible_facets(self.access, row.entity.grant_group, "write", chain_of(self.uow, row))
        hidden = [name for name, facet in named.items() if facet not in facets]
        if hidden:
            violations = [
                Violation(name, "FACET_NOT_GRANTED", "this field is not yours to see") for name in hidden
            ]
            raise Forbidden("FACET_NOT_GRANTED", violations=violations)

    def _guard(self, row: Row) -> None:
        guard = self.rules.of(row.entity.name).guard
        if guard is not None:
            guard(self.uow, row)

    def _admit(self, row: Row, before: Values | None, item: Item) -> None:
        """Let the entity's rules see the record, then check it as a whole. `before`: None for a new one."""
        if before is None:
            self._guard(row)
        self._shaping.place(row)
        prepare = self.rules.of(row.entity.name).prepare
        if prepare is not None:
            prepare(self.uow, row)
        check_record(row.entity, row.values)
        self._shaping.admit(row, before, _named(item.fields))
        if before is not None:
            self._shaping.follow(row, before)

    def _touched(self, decision: Decision, row: Row) -> Decision:
        root = ancestor(self.uow, row, entity(row.entity.aggregate))
        self._roots[decision.item.id] = root
        self._unsettled[root.id] = root
        return decision

    def _settle(self) -> None:
        # Children before their parents: what is settled last is locked shortest.
        for root in sorted(self._unsettled.values(), key=lambda row: _depth(row.entity.name), reverse=True):
            settle = self.rules.of(root.entity.name).settle
            if settle is not None and not root.values["deleted"]:
                settle(self.uow, root)
        self._settle_together()
        self._unsettled.clear()

    def _settle_together(self) -> None:
        by_entity: dict[str, list[Row]] = {}
        for root in self._unsettled.values():
            if not root.values["deleted"]:
                by_entity.setdefault(root.entity.name, []).append(root)
        for name in sorted(by_entity, key=_depth, reverse=True):
            settle_all = self.rules.of(name).settle_all
            if settle_all is not None:
                settle_all(self.uow, by_entity[name])

    def _complete(self, decision: Decision) -> None:
        item = decision.item
        row = self.uow.get(_require_entity(item).name, decision.record_id)
        if row is None:
            raise LookupError(f"{decision.record_id} vanished from its own transaction")
        decision.version = row.values["version"]
        if self._with_records:
            decision.record = self._as_seen(row)
        touched = [row, self._roots.get(item.id, row)]
        decision.roots = {
            other.id: (self._start_versions.get(other.id, 0), other.values["version"]) for other in touched
        }

    def _as_seen(self, row: Row) -> ReadRecord | None:
        """Return a stamped record as its author may read it from now on, None if it left their sight."""
        group, chain = row.entity.grant_group, chain_of(self.uow, row)
        if not matches(self.access, group, "read", chain):
            return None
        shown = visible_facets(self.access, group, "read", chain) | {BASE}
        # A command that wrote other records left this one as it was, and unstamped.
        hidden = self.uow.definitions.hidden(row.entity.name, row.values)
        texts = row.fragments or fragments(row.entity, row.values, hidden)
        seen = {facet: text for facet, text in texts.items() if facet in shown}
        return ReadRecord(row.entity.name, row.id, row.values["version"], seen)


def _named(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that a change writes, custom fields each as custom.<key>."""
    for name, value in fields.items():
        if name == "custom" and isinstance(value, dict):
            yield from (f"{CUSTOM}{key}" for key in value)
        else:
            yield name


def _require_entity(item: Item) -> Entity:
    if item.entity is None:
        raise Invalid("INVALID_ITEM", violations=[Violation("entity", "UNKNOWN_VALUE", "no such entity")])
    return item.entity


def _depth(entity_name: str) -> tuple[int, str]:
    """Order in which tables are locked: parents before children, then by name."""
    depth, current = 0, entity(entity_name)
    while current.parent and entity(current.parent).service == current.service:
        depth, current = depth + 1, entity(current.parent)
    return depth, entity_name
