-- The log: one row per event, added at the end and never changed.

-- What every position of this log names, so that a position of another log is told apart.
CREATE TABLE log (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  id TEXT NOT NULL
) STRICT;
INSERT INTO log (only_row, id) VALUES (1, lower(hex(randomblob(4))));

CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  -- A subject's stream as the 16 bytes of its UUID, any other stream by its name. A UUIDv7 sorts by
  -- time, so the index of the streams grows at its end.
  stream ANY NOT NULL,
  revision INTEGER NOT NULL,
  event_id BLOB NOT NULL CHECK (length(event_id) = 16),
  type TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  data TEXT NOT NULL,
  sealed BLOB,
  -- Of all but `sealed`, which its seal protects: src/row-checksums.ts.
  checksum INTEGER NOT NULL,
  -- The id is in the index so that a repeat is found without a look at the rows: in a stream of 10,000
  -- events that is 1 ms instead of 10. That (stream, revision) is unique the trigger below sees to.
  UNIQUE (stream, revision, event_id)
) STRICT;

-- Append-only by force. The third trigger stops INSERT OR REPLACE, OR IGNORE and upserts, which pass
-- by the first two: an event stands at the end of the log and of its stream, or nowhere.
CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: UPDATE refused');
END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: DELETE refused');
END;

CREATE TRIGGER events_are_only_appended BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
  OR NEW.revision IS NOT (SELECT coalesce(max(revision), -1) + 1 FROM events WHERE stream = NEW.stream)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: an event goes to the end');
END;

CREATE TRIGGER log_is_never_updated BEFORE UPDATE ON log
BEGIN
  SELECT RAISE(ABORT, 'the id of a log never changes');
END;

CREATE TRIGGER log_is_never_deleted BEFORE DELETE ON log
BEGIN
  SELECT RAISE(ABORT, 'the id of a log never changes');
END;

CREATE TRIGGER log_is_never_replaced BEFORE INSERT ON log
WHEN EXISTS (SELECT 1 FROM log)
BEGIN
  SELECT RAISE(ABORT, 'the id of a log never changes');
END;
