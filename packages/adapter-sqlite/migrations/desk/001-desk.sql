-- The desk: what is neither log nor view.

CREATE TABLE attempts (
  number INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  subject BLOB,
  event_id BLOB,
  outcome TEXT NOT NULL,
  code TEXT
) STRICT;
CREATE INDEX attempts_by_subject ON attempts (subject) WHERE subject IS NOT NULL;

-- Numbered in the order they were added, by which they are paged.
CREATE TABLE reviews (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT,
  event_id TEXT,
  -- What somebody decided, when, with which key, and what was recorded on its account.
  decision TEXT,
  decided_at INTEGER,
  decided_by TEXT,
  decided_event_id TEXT
) STRICT;
CREATE INDEX reviews_open ON reviews (number) WHERE decision IS NULL;

CREATE TABLE bodies (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  source TEXT NOT NULL,
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE parked_events (
  position TEXT PRIMARY KEY NOT NULL,
  stream TEXT NOT NULL,
  event_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  parked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  secret_hash BLOB NOT NULL,
  -- JSON lists of strings; sources is null when the key may speak for any.
  scopes TEXT NOT NULL,
  sources TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
