-- The read model: everything here is derived from the log and can be rebuilt from it.

-- How far it has come, in the same file and the same transactions as what it has come with.
CREATE TABLE progress (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position TEXT,
  as_of INTEGER NOT NULL,
  parked INTEGER NOT NULL,
  -- Grows when a group changes, so that readers know when to read the groups again.
  groups_version INTEGER NOT NULL
) STRICT;
INSERT INTO progress (only_row, position, as_of, parked, groups_version) VALUES (1, NULL, 0, 0, 0);

-- One row per subject: its registers, links and void set in their canonical encoding, and the answers
-- last given of it. A UUIDv7 sorts by time, so the table grows at its end.
CREATE TABLE subjects (
  subject BLOB PRIMARY KEY,
  record TEXT NOT NULL,
  answers TEXT NOT NULL,
  parked TEXT NOT NULL,
  due_at INTEGER,
  -- Of all but `due_at`: src/row-checksums.ts.
  checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX subjects_due ON subjects (due_at, subject) WHERE due_at IS NOT NULL;

-- One row per subject and group of which there is something to say, in the order in which members are
-- listed: a change of state moves the row.
CREATE TABLE members (
  group_id TEXT NOT NULL,
  state TEXT NOT NULL,
  subject BLOB NOT NULL,
  kind TEXT NOT NULL,
  since INTEGER,
  decisive_event_id BLOB,
  held INTEGER NOT NULL,
  send_block INTEGER NOT NULL,
  is_counted INTEGER NOT NULL,
  PRIMARY KEY (group_id, state, subject)
) STRICT, WITHOUT ROWID;

-- The change feed, in order.
CREATE TABLE changes (
  position TEXT NOT NULL,
  sub INTEGER NOT NULL,
  at INTEGER NOT NULL,
  subject BLOB NOT NULL,
  group_id TEXT NOT NULL,
  previous_state TEXT NOT NULL,
  state TEXT NOT NULL,
  held INTEGER NOT NULL,
  send_block INTEGER NOT NULL,
  since INTEGER,
  decisive_event_id BLOB,
  rule_id TEXT NOT NULL,
  authority TEXT,
  PRIMARY KEY (position, sub)
) STRICT, WITHOUT ROWID;

-- How many entered and left each state of a group on each UTC day.
CREATE TABLE counts (
  group_id TEXT NOT NULL,
  day TEXT NOT NULL,
  state TEXT NOT NULL,
  entered INTEGER NOT NULL,
  left_state INTEGER NOT NULL,
  PRIMARY KEY (group_id, day, state)
) STRICT, WITHOUT ROWID;

-- Subjects by a scope that is no known group's: found again when a group is defined within it.
CREATE TABLE scopes (
  scope TEXT NOT NULL,
  subject BLOB NOT NULL,
  PRIMARY KEY (scope, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
  id TEXT PRIMARY KEY,
  definition TEXT NOT NULL
) STRICT, WITHOUT ROWID;
