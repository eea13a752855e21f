-- The vault: who is who, and which event ids were ever claimed.

-- The ledger's secrets, sealed by the master key: the key of all envelopes, and the pepper.
CREATE TABLE secrets (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  wrapped BLOB NOT NULL
) STRICT;

-- How far the log went when the vault was last told: a log that ends before it is an older copy.
CREATE TABLE log_seen (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position TEXT NOT NULL
) STRICT;

-- Rows stand in the order they came. Of their keys, those that are random have an index table of
-- their own each, which src/key-index.ts fills a range at a time: a B-tree that takes every random
-- key at once writes a page for each.
CREATE TABLE subjects (
  number INTEGER PRIMARY KEY,
  -- A UUIDv7: this index grows at its end.
  subject BLOB NOT NULL UNIQUE CHECK (length(subject) = 16),
  address_hash BLOB NOT NULL CHECK (length(address_hash) = 16),
  kind TEXT NOT NULL,
  -- The data key and the address, sealed by the vault's key; null once the subject is erased.
  envelope BLOB
) STRICT;

CREATE TABLE claims (
  -- The highest number is the vault's high-water mark.
  number INTEGER PRIMARY KEY,
  event_id BLOB NOT NULL CHECK (length(event_id) = 16),
  subject BLOB NOT NULL CHECK (length(subject) = 16),
  digest BLOB NOT NULL
) STRICT;

CREATE TABLE subjects_by_address (
  key BLOB PRIMARY KEY NOT NULL,
  number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE claims_by_event_id (
  key BLOB PRIMARY KEY NOT NULL,
  number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Up to which row an index table holds the keys of a range, the range being their first hex digit.
CREATE TABLE settled (
  index_table TEXT NOT NULL,
  range INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (index_table, range)
) STRICT, WITHOUT ROWID;

-- A claim holds for ever, and the secrets are made once. The connection that writes sets
-- recursive_triggers, so that INSERT OR REPLACE counts as the DELETE it is.
CREATE TRIGGER claims_are_never_updated BEFORE UPDATE ON claims
BEGIN
  SELECT RAISE(ABORT, 'a claim never changes');
END;

CREATE TRIGGER claims_are_never_deleted BEFORE DELETE ON claims
BEGIN
  SELECT RAISE(ABORT, 'a claim never changes');
END;

CREATE TRIGGER claim_keys_are_never_updated BEFORE UPDATE ON claims_by_event_id
BEGIN
  SELECT RAISE(ABORT, 'a claim never changes');
END;

CREATE TRIGGER claim_keys_are_never_deleted BEFORE DELETE ON claims_by_event_id
BEGIN
  SELECT RAISE(ABORT, 'a claim never changes');
END;

CREATE TRIGGER secrets_are_never_replaced BEFORE INSERT ON secrets
WHEN EXISTS (SELECT 1 FROM secrets)
BEGIN
  SELECT RAISE(ABORT, 'this vault has its secrets already');
END;
