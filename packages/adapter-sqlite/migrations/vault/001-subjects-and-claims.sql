-- The vault: who is who, and which event ids were ever claimed.

-- The ledger's secrets, wrapped by the master key.
CREATE TABLE secrets (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  wrapped_pepper BLOB NOT NULL
) STRICT;

CREATE TABLE subjects (
  subject BLOB PRIMARY KEY NOT NULL CHECK (length(subject) = 16),
  kind TEXT NOT NULL,
  -- Both are null once the subject is erased.
  sealed_address BLOB,
  wrapped_key BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE addresses (
  address_hash BLOB PRIMARY KEY NOT NULL CHECK (length(address_hash) = 16),
  subject BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
  event_id BLOB PRIMARY KEY NOT NULL CHECK (length(event_id) = 16),
  number INTEGER NOT NULL,
  subject BLOB NOT NULL,
  digest BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The number of the last claim, so that it is read without a scan.
CREATE TABLE high_water_mark (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  number INTEGER NOT NULL
) STRICT;
INSERT INTO high_water_mark (only_row, number) VALUES (1, 0);

-- A claim holds for ever, and the secrets are made once.
CREATE TRIGGER claims_are_never_updated BEFORE UPDATE ON claims
BEGIN
  SELECT RAISE(ABORT, 'a claim never changes');
END;

CREATE TRIGGER claims_are_never_deleted BEFORE DELETE ON claims
BEGIN
  SELECT RAISE(ABORT, 'a claim never changes');
END;

CREATE TRIGGER claims_are_never_replaced BEFORE INSERT ON claims
WHEN EXISTS (SELECT 1 FROM claims WHERE event_id = NEW.event_id)
BEGIN
  SELECT RAISE(ABORT, 'a claim never changes');
END;

CREATE TRIGGER secrets_are_never_replaced BEFORE INSERT ON secrets
WHEN EXISTS (SELECT 1 FROM secrets)
BEGIN
  SELECT RAISE(ABORT, 'this vault has its secrets already');
END;
