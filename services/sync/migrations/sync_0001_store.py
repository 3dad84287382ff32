"""The store of synchronisation"""

from alembic import op

revision = "sync_0001"
down_revision = None
branch_labels = ("sync",)
depends_on = "kit_0001"

_TABLES = """
create table head (
    "only" boolean primary key default true check ("only"),
    -- Of the sequencer: each leader takes the next one, and every commit of an older one hits no row.
    epoch bigint not null default 0,
    -- Last number given; everything up to it is committed.
    seq bigint not null default 0,
    generation bigint not null default 1,
    -- The database that this is; another one (a restore) begins a generation.
    database_epoch uuid,
    rebuild_wanted boolean not null default false
);
insert into head default values;

-- A checkpoint of an older generation holds if its seq is not above `valid_to` of any later one.
create table generation (
    generation bigint primary key, valid_to bigint not null, began_at timestamptz not null default now()
);

create table entity (
    type text not null,
    id uuid not null,
    version bigint not null,
    -- The export of its owner that has last confirmed it.
    round integer not null,
    parent_type text not null,
    parent_id uuid,
    -- Its own scope fields, and those of itself and all its ancestors, nearest first.
    scope jsonb not null,
    chain jsonb not null,
    alias_of uuid,
    deleted boolean not null,
    -- False: an orphan, which waits for its parent in no bucket.
    placed boolean not null,
    -- Ids of its buckets, without those of facets.
    buckets integer[] not null,
    primary key (type, id)
);
create index entity_parent on entity (parent_id, parent_type) where parent_id is not null;
create index entity_alias on entity (alias_of, type) where alias_of is not null;
create index entity_orphan on entity (type, id) where not placed;

create table facet (
    type text not null, id uuid not null, facet text not null,
    version bigint not null, hash bytea not null, size integer not null, body text not null,
    primary key (type, id, facet)
);

create table bucket (
    id integer generated always as identity primary key,
    key text not null unique,
    last_seq bigint not null default 0,
    -- Of its live fragments: how many, their checksums added modulo 2^64, their bytes.
    count bigint not null default 0,
    sum numeric(20) not null default 0,
    bytes bigint not null default 0,
    -- Tombstones up to here are gone: older devices fetch the bucket anew.
    gc_floor bigint not null default 0
);

create table bucket_entry (
    bucket integer not null, type text not null, id uuid not null, seq bigint not null, live boolean not null,
    primary key (bucket, type, id)
);
create index bucket_entry_seq on bucket_entry (bucket, seq);
create index bucket_entry_dead on bucket_entry (seq) where not live;

create table grant_row (
    user_id uuid not null, bucket text not null, seq bigint not null, live boolean not null,
    primary key (user_id, bucket)
);

-- Kinds that some role uses together: records have buckets for them.
create table and_shape (grant_group text not null, kinds text[] not null, primary key (grant_group, kinds));

create table held_set (hash bytea primary key, buckets text[] not null, created_at timestamptz default now());

create table seen_change (
    change_id uuid primary key, seq bigint not null, seen_at timestamptz not null default now()
);
create index seen_change_age on seen_change (seen_at);

create table device (
    id uuid primary key,
    user_id uuid not null,
    name text not null, platform text not null, app_version text not null, schema_version text not null,
    registered_at timestamptz not null default now(),
    -- active, revoked, wiped
    state text not null default 'active',
    lease_until timestamptz not null,
    generation bigint not null default 0,
    seq bigint not null default 0,
    held bytea,
    contact_at timestamptz
);
create index device_user on device (user_id);

-- What each device has received.
create table delivery (
    id bigint generated always as identity primary key,
    device_id uuid not null, user_id uuid not null, at timestamptz not null default now(),
    generation bigint not null, from_seq bigint not null, to_seq bigint not null,
    held bytea not null, rows integer not null, bytes bigint not null
);
create index delivery_device on delivery (device_id, id);

create table source_position (
    service text primary key,
    epoch text not null default '',
    -- NULL: not known until the first page of an export.
    stream_seq bigint,
    past_epochs text[] not null default '{}',
    round integer not null default 0,
    exporting boolean not null default true
);

create table quarantine (
    type text not null, id text not null, cause text not null,
    since timestamptz not null default now(), tried_at timestamptz not null default now(),
    primary key (type, id)
);

-- Which number was the last at which time: tombstones leave by age.
create table head_moment (seq bigint primary key, at timestamptz not null default now());
create index head_moment_at on head_moment (at);
"""


def upgrade() -> None:
    op.execute(_TABLES)
