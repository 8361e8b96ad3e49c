-- The ledger and what stands around it. One text for SQLite and PostgreSQL: {serial}, {blob} and {rowless} are replaced by
-- the dialect's own words; {serial_of_part} and {part_key} make a key with the partition column where partitions exist, and
-- {by_month} a table of partitions (docs/decisions/0024). All instants are milliseconds since 1970-01-01T00:00Z (BIGINT). States
-- are numbers:
--   0 planned  1 due  2 leased  3 sending  4 sent  5 held  6 rejected  7 failed  8 unknown  9 cancelled  10 expired

-- Small facts about this installation: 'installation' (id), 'key_check' (proves the key belongs to this database).
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- One row per life of a daemon. `id` is the fencing number that its claims carry: a row claimed by a node whose lease has
-- ended is free again, and that node's word about it is void.
CREATE TABLE node (
  id          {serial},
  name        TEXT   NOT NULL,
  started_at  BIGINT NOT NULL,
  lease_until BIGINT NOT NULL, -- by the database's clock
  ended_at    BIGINT
);

-- Named leases ('planner'): one holder at a time, `fence` grows with each change of holder.
CREATE TABLE lease (
  name    TEXT PRIMARY KEY,
  node_id BIGINT NOT NULL,
  fence   BIGINT NOT NULL,
  until   BIGINT NOT NULL -- by the database's clock
);

-- Who did what. Append only.
CREATE TABLE audit (
  id      {serial},
  at      BIGINT NOT NULL,
  actor   TEXT   NOT NULL,
  proof   TEXT   NOT NULL, -- attested | system | link
  action  TEXT   NOT NULL,
  subject TEXT   NOT NULL,
  detail  TEXT   NOT NULL  -- JSON
);
CREATE INDEX audit_subject ON audit (subject, id);

-- The immutable manifest of a post: text, variants, hashes of assets, facts, selectors, schedule. Approval is of a revision.
CREATE TABLE revision (
  id         {serial},
  origin     TEXT   NOT NULL, -- campaign/post, or system/<purpose>
  hash       TEXT   NOT NULL, -- SHA-256 of the manifest
  class      TEXT   NOT NULL,
  title      TEXT   NOT NULL,
  author     TEXT   NOT NULL,
  manifest   TEXT   NOT NULL, -- JSON
  created_at BIGINT NOT NULL,
  actor      TEXT   NOT NULL,
  proof      TEXT   NOT NULL,
  UNIQUE (origin, hash)
);

-- Which revision of a post is in force, and what stops it now, if anything does.
CREATE TABLE post (
  origin      TEXT PRIMARY KEY,
  campaign    TEXT   NOT NULL,
  title       TEXT   NOT NULL,
  revision_id BIGINT,          -- NULL: never applied (its file has a fault)
  stopped     TEXT,            -- code of the fault that stops its file, e.g. F007
  stopped_by  TEXT,            -- one sentence for screens
  removed_at  BIGINT,
  updated_at  BIGINT NOT NULL
);
CREATE INDEX post_campaign ON post (campaign);

-- Steps of approval. A step binds to its revision and to the counts of that moment.
CREATE TABLE approval (
  id          {serial},
  revision_id BIGINT NOT NULL,
  step        BIGINT NOT NULL, -- from 0
  step_name   TEXT   NOT NULL,
  by_name     TEXT   NOT NULL,
  proof       TEXT   NOT NULL,
  document    TEXT,
  counts      TEXT   NOT NULL, -- JSON: what the selectors chose at that moment
  templates   TEXT,            -- JSON: path → SHA-256 of those the step's renditions were made with; NULL: it made none
  at          BIGINT NOT NULL,
  UNIQUE (revision_id, step)
);

-- A revision in one voice for one kind, frozen at approval.
CREATE TABLE rendition (
  id          {serial},
  revision_id BIGINT NOT NULL,
  voice       TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  hash        TEXT   NOT NULL,
  body        TEXT   NOT NULL, -- JSON
  messages    SMALLINT NOT NULL DEFAULT 1, -- of at most so many, where the far side counts
  created_at  BIGINT NOT NULL,
  UNIQUE (revision_id, kind, voice)
);

-- Facts as last applied: the gate asks for their validity at the moment of sending.
CREATE TABLE fact (
  id         TEXT PRIMARY KEY,
  valid_from TEXT, -- ISO dates
  valid_to   TEXT,
  checked    TEXT,
  checked_by TEXT, -- id of a person
  basis      TEXT, -- legal basis or source, for whoever reads why a post is held
  text_hash  TEXT   NOT NULL,
  says       TEXT   NOT NULL, -- SHA-256 of its words: an approved post must still say what the register says
  updated_at BIGINT NOT NULL
);

-- Assets of the media kit that are as they were pinned, as last read: the gate asks for them at the moment of sending.
CREATE TABLE asset (
  id     TEXT PRIMARY KEY,
  sha256 TEXT NOT NULL
);

-- Whatever a selector may choose: a channel ('unit/family') or a contact ('contact/<surrogate>'). Ids stay below 2^31.
CREATE TABLE target (
  id   {serial},
  kind TEXT NOT NULL, -- channel | contact
  ref  TEXT NOT NULL UNIQUE
);

-- A unit's channel as last applied. Addresses are encrypted: they are people's, too.
CREATE TABLE channel (
  target_id   BIGINT PRIMARY KEY,
  unit        TEXT   NOT NULL,
  unit_name   TEXT   NOT NULL,
  family      TEXT   NOT NULL,
  account     TEXT   NOT NULL,
  kind        TEXT   NOT NULL, -- of the transport that serves it
  mode        TEXT,
  url         TEXT,
  address_enc {blob},
  covered     BIGINT,          -- people it covers, as the unit declares
  officer     TEXT,            -- name and telephone of the person to call, for screens
  station     TEXT,            -- JSON: sessions, days, allowance (stations)
  removed_at  BIGINT,
  updated_at  BIGINT NOT NULL
);

-- A person's addresses under a surrogate id. *_bidx are keyed hashes, so that an address can be found and never read.
CREATE TABLE contact (
  target_id     BIGINT PRIMARY KEY,
  surrogate     TEXT   NOT NULL UNIQUE,
  name_enc      {blob},
  email_enc     {blob},
  email_bidx    {blob},
  zalo_enc      {blob},
  zalo_bidx     {blob},
  telegram_enc  {blob},
  telegram_bidx {blob},
  row_bidx      {blob},          -- keyed hash of name and addresses: tells whether an import changes anything
  ground        TEXT   NOT NULL, -- consent | duty
  source        TEXT   NOT NULL,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL,
  erased_at     BIGINT
);
CREATE INDEX contact_email ON contact (email_bidx);
CREATE INDEX contact_zalo ON contact (zalo_bidx);
CREATE INDEX contact_telegram ON contact (telegram_bidx);

CREATE TABLE list (
  id         TEXT PRIMARY KEY,
  title      TEXT   NOT NULL,
  ground     TEXT   NOT NULL,
  source     TEXT   NOT NULL,
  digest     TEXT   NOT NULL DEFAULT '', -- keyed hash of the file as last imported
  members    BIGINT NOT NULL DEFAULT 0,
  updated_at BIGINT NOT NULL
);

CREATE TABLE list_member (
  list      TEXT   NOT NULL,
  target_id BIGINT NOT NULL,
  added_at  BIGINT NOT NULL,
  PRIMARY KEY (list, target_id)
){rowless};
CREATE INDEX list_member_target ON list_member (target_id);

-- Addresses that get nothing: opted out ('' = from everything) or dead. Keyed by blind index, so that it outlives erasure.
CREATE TABLE suppression (
  bidx   {blob} NOT NULL,
  family TEXT   NOT NULL,
  list   TEXT   NOT NULL, -- '' = all
  reason TEXT   NOT NULL, -- opted_out | dead | complained
  actor  TEXT   NOT NULL,
  at     BIGINT NOT NULL,
  PRIMARY KEY (bidx, family, list)
);

-- A sending of a post as last applied.
CREATE TABLE sending (
  id          {serial},
  origin      TEXT   NOT NULL,
  sending     TEXT   NOT NULL,
  family      TEXT   NOT NULL,
  priority    SMALLINT NOT NULL,
  spec        TEXT   NOT NULL, -- JSON
  removed_at  BIGINT,
  updated_at  BIGINT NOT NULL,
  UNIQUE (origin, sending)
);

-- A sending x its nominal slot. `planned_for` never changes after the row is made (ledger rows are partitioned by it);
-- `due_at` may, until something has started.
CREATE TABLE occurrence (
  id          {serial},
  origin      TEXT   NOT NULL,
  sending     TEXT   NOT NULL,
  slot        TEXT   NOT NULL,
  family      TEXT   NOT NULL,
  priority    SMALLINT NOT NULL,
  planned_for BIGINT NOT NULL,
  due_at      BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  times       BIGINT NOT NULL DEFAULT 1, -- airings wanted (stations)
  channels    TEXT   NOT NULL DEFAULT '[]', -- JSON: 'unit/family' of its channels; rows are placed 35 days ahead
  lists       TEXT   NOT NULL DEFAULT '[]', -- JSON: lists, expanded minutes before it is due
  except_lists TEXT  NOT NULL DEFAULT '[]', -- JSON: lists whose members are left out
  account     TEXT,                       -- serves its contacts
  kind        TEXT,
  placed_at   BIGINT,                     -- channel rows are in the ledger
  revision_id BIGINT NOT NULL,
  expanded_at BIGINT,                     -- contacts are in the ledger
  expand_from BIGINT NOT NULL DEFAULT 0,  -- last target id expanded
  gate        TEXT,                       -- NULL = open, else why its rows may not go: unapproved, facts, hold, blackout, grown
  cancelled_at BIGINT,
  UNIQUE (origin, sending, slot)
);
CREATE INDEX occurrence_due ON occurrence (due_at);
CREATE INDEX occurrence_revision ON occurrence (revision_id);
CREATE INDEX occurrence_place ON occurrence (due_at) WHERE placed_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX occurrence_expand ON occurrence (due_at) WHERE expanded_at IS NULL AND lists <> '[]' AND cancelled_at IS NULL;

-- Counts per occurrence and state, kept in the same transactions as the rows, so that no screen scans.
CREATE TABLE tally (
  occurrence_id BIGINT   NOT NULL,
  state         SMALLINT NOT NULL,
  n             BIGINT   NOT NULL,
  PRIMARY KEY (occurrence_id, state)
){rowless};
CREATE INDEX tally_open ON tally (state, occurrence_id) WHERE n > 0;

-- THE LEDGER. One row per occurrence x target; the id is computed from the two, so identity is the primary key.
CREATE TABLE delivery (
  id            BIGINT   NOT NULL,
  planned_for   BIGINT   NOT NULL,
  occurrence_id BIGINT   NOT NULL,
  target_id     BIGINT   NOT NULL,
  account       TEXT     NOT NULL,
  kind          TEXT     NOT NULL,
  family        TEXT     NOT NULL,
  priority      SMALLINT NOT NULL,
  state         SMALLINT NOT NULL,
  due_at        BIGINT   NOT NULL,
  expires_at    BIGINT   NOT NULL,
  attempts      SMALLINT NOT NULL DEFAULT 0, -- spent
  opened        SMALLINT NOT NULL DEFAULT 0, -- attempts ever opened; the number of the last one
  node_id       BIGINT,                      -- whose lease (leased, sending)
  revision_id   BIGINT,                      -- what was sent
  held_by       TEXT,
  cause_code    TEXT,
  cause_detail  TEXT,
  receipt       TEXT,
  receipt_url   TEXT,
  pending       SMALLINT NOT NULL DEFAULT 0, -- a person at the far side still has to act
  afterwards    TEXT,                        -- acknowledged, published, bounced, aired, skipped, unconfirmed, withdrawn
  asked_at      BIGINT,                      -- last time the far side was asked about an unknown
  code          BIGINT   NOT NULL,           -- what people say over the telephone
  settled_at    BIGINT,
  updated_at    BIGINT   NOT NULL,
  PRIMARY KEY (id, planned_for),
  CHECK (id = occurrence_id * 4294967296 + target_id),
  CHECK (state BETWEEN 0 AND 10)
){rowless}{by_month};
CREATE INDEX delivery_claim ON delivery (account, priority, due_at, id) WHERE state = 1;
CREATE INDEX delivery_wait ON delivery (due_at) WHERE state = 0;
CREATE INDEX delivery_held ON delivery (occurrence_id, held_by) WHERE state = 5;
CREATE INDEX delivery_leased ON delivery (account) WHERE state = 2;
CREATE INDEX delivery_sending ON delivery (node_id) WHERE state = 3;
CREATE INDEX delivery_pending ON delivery (expires_at) WHERE state = 4 AND pending = 1;
-- As an OR: SQLite builds a table of its own for a list of three each time a row is written.
CREATE INDEX delivery_expiry ON delivery (expires_at) WHERE (state = 0 OR state = 1 OR state = 5);
CREATE INDEX delivery_question ON delivery (account, updated_at, id) WHERE state = 8;
CREATE INDEX delivery_code ON delivery (code);
CREATE INDEX delivery_log ON delivery (updated_at, id);
CREATE INDEX delivery_occurrence ON delivery (occurrence_id, state);
CREATE INDEX delivery_target ON delivery (target_id, planned_for);

-- One try: opened durably before the call, closed after it.
CREATE TABLE attempt (
  delivery_id  BIGINT   NOT NULL,
  planned_for  BIGINT   NOT NULL,
  no           SMALLINT NOT NULL,
  account      TEXT     NOT NULL,
  node_id      BIGINT   NOT NULL,
  opened_at    BIGINT   NOT NULL,
  closed_at    BIGINT,
  outcome      TEXT,
  cause_code   TEXT,
  cause_detail TEXT,
  receipt      TEXT,
  PRIMARY KEY (delivery_id, no, planned_for)
){rowless}{by_month};
CREATE INDEX attempt_rate ON attempt (account, opened_at);

-- Health of an account.
CREATE TABLE account_state (
  account       TEXT PRIMARY KEY,
  paused_at     BIGINT,
  cause_code    TEXT,
  cause_detail  TEXT,
  paused_by     TEXT,
  quiet_until   BIGINT NOT NULL DEFAULT 0, -- the far side said: slow down until then
  ambiguous_run BIGINT NOT NULL DEFAULT 0, -- unknown answers in a row
  updated_at    BIGINT NOT NULL
);

-- Reasons of people not to send: scope is all, campaign or post (an account has its own pause, a row its own state).
CREATE TABLE hold (
  id          {serial},
  scope       TEXT   NOT NULL,
  ref         TEXT   NOT NULL,
  reason      TEXT   NOT NULL,
  blackout    SMALLINT NOT NULL DEFAULT 0,
  from_at     BIGINT NOT NULL,
  until_at    BIGINT,
  by_name     TEXT   NOT NULL,
  proof       TEXT   NOT NULL,
  created_at  BIGINT NOT NULL,
  released_at BIGINT,
  released_by TEXT,
  released_proof TEXT
);

-- What an officer answers to: a sheet of a station and week lists station rows.
CREATE TABLE sheet (
  code        TEXT PRIMARY KEY,   -- digits
  unit        TEXT   NOT NULL,
  week        TEXT   NOT NULL,    -- 2026-W49
  no          BIGINT NOT NULL,    -- first, second… sheet of that week
  delivery_id BIGINT NOT NULL,    -- the system/sheet row that carried it
  planned_for BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  UNIQUE (unit, week, no)
);
CREATE TABLE sheet_row (
  sheet_code  TEXT   NOT NULL,
  delivery_id BIGINT NOT NULL,
  planned_for BIGINT NOT NULL,
  revision_id BIGINT NOT NULL, -- whose text stands on the sheet
  no          BIGINT NOT NULL DEFAULT 0, -- its place on the sheet, from 1
  times       BIGINT, -- airings asked for (holidays, the allowance and other items may leave fewer); NULL: as planned
  slots       TEXT   NOT NULL DEFAULT '[]', -- JSON: the sessions it proposes
  PRIMARY KEY (delivery_id, planned_for)
);
CREATE INDEX sheet_row_sheet ON sheet_row (sheet_code);
CREATE INDEX sheet_delivery ON sheet (delivery_id);

-- What a station declares about a week's row.
CREATE TABLE airing (
  id          {serial_of_part},
  delivery_id BIGINT NOT NULL,
  planned_for BIGINT NOT NULL,
  sessions    BIGINT NOT NULL,    -- 0 with a reason: not aired
  why         TEXT,
  by_name     TEXT   NOT NULL,
  proof       TEXT   NOT NULL,
  at          BIGINT NOT NULL{part_key}
){by_month};
CREATE INDEX airing_delivery ON airing (delivery_id);

-- What Loa saw when it opened a link that a webmaster returned.
CREATE TABLE evidence (
  id          {serial_of_part},
  delivery_id BIGINT NOT NULL,
  planned_for BIGINT NOT NULL,
  url         TEXT   NOT NULL,
  ok          SMALLINT NOT NULL,
  title_found SMALLINT NOT NULL,
  image_found SMALLINT NOT NULL,
  http_status BIGINT NOT NULL,
  note        TEXT   NOT NULL,
  by_name     TEXT   NOT NULL,
  proof       TEXT   NOT NULL,
  at          BIGINT NOT NULL{part_key}
){by_month};
CREATE INDEX evidence_delivery ON evidence (delivery_id);

-- Figures, each with source, grade and time. delivery_id 0: of the whole occurrence.
CREATE TABLE reach (
  id            {serial_of_part},
  delivery_id   BIGINT NOT NULL,
  planned_for   BIGINT NOT NULL,
  occurrence_id BIGINT NOT NULL,
  metric        TEXT   NOT NULL,
  value         BIGINT NOT NULL,
  grade         TEXT   NOT NULL, -- measured | platform | declared | estimated
  source        TEXT   NOT NULL,
  at            BIGINT NOT NULL{part_key}
){by_month};
CREATE INDEX reach_delivery ON reach (delivery_id, metric);
CREATE INDEX reach_at ON reach (at);

-- Rotating credentials, encrypted.
CREATE TABLE token (
  account    TEXT PRIMARY KEY,
  value_enc  {blob} NOT NULL,
  updated_at BIGINT NOT NULL
);
