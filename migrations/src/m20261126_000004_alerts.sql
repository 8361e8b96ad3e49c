-- Who is told what, and who has it in hand. Instants are milliseconds since 1970-01-01T00:00Z.

-- A condition that somebody must know of: open while `ended_at` is NULL, told once, and again only when `mark` grew, when
-- nobody has taken it up for a day, or when it ended and came back.
CREATE TABLE alert (
  id        {serial},
  cause     TEXT   NOT NULL, -- account_paused, urgent_failed, edit_refused, disk_low, backup_old, clock_wrong
  subject   TEXT   NOT NULL, -- the account or the post; '' where there is but one
  says      TEXT   NOT NULL, -- one sentence, as last seen
  avoid     TEXT   NOT NULL, -- JSON: accounts by which it is not told
  mark      BIGINT NOT NULL, -- grows with each further failure of the same condition
  since     BIGINT NOT NULL,
  told_at   BIGINT,
  told_mark BIGINT NOT NULL DEFAULT 0,
  ended_at  BIGINT
);
CREATE UNIQUE INDEX alert_open ON alert (cause, subject) WHERE ended_at IS NULL;
CREATE INDEX alert_ended ON alert (ended_at);

-- One message to one person on duty: by whichever way reaches them. Its rows in the ledger are of system/alert.
CREATE TABLE notice (
  id          {serial},
  purpose     TEXT   NOT NULL, -- alert | digest | test
  slot        TEXT   NOT NULL, -- alert: numbers, each with when it was told before; digest: the day; test: the instant
  person      TEXT   NOT NULL,
  body        TEXT   NOT NULL, -- JSON
  avoid       TEXT   NOT NULL, -- JSON: accounts that are not used
  step        BIGINT NOT NULL DEFAULT 0, -- how many ways were tried
  tried       TEXT   NOT NULL DEFAULT '[]', -- JSON: their accounts
  account     TEXT,            -- the way it goes or went
  family      TEXT,
  delivery_id BIGINT,
  planned_for BIGINT,
  handed_at   BIGINT,          -- when it was given to that account
  outcome     TEXT,            -- NULL: on its way; told, no_way (none is left now), too_late
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  closed_at   BIGINT,
  UNIQUE (purpose, slot, person)
);
CREATE INDEX notice_open ON notice (id) WHERE closed_at IS NULL;
CREATE INDEX notice_day ON notice (created_at);

-- "Seen, working on it". Valid for what was wrong at that moment: whoever shows it compares with the beginning of the trouble.
CREATE TABLE seen (
  id      {serial},
  subject TEXT   NOT NULL, -- an account, a post, a code, the cause of an alert
  by_name TEXT   NOT NULL,
  proof   TEXT   NOT NULL,
  note    TEXT   NOT NULL,
  at      BIGINT NOT NULL
);
CREATE INDEX seen_subject ON seen (subject, at);
