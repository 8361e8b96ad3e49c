-- What a ledger of many millions is asked by, and what stays of what was archived. Instants are milliseconds.

-- Pages of the log are merged out of pieces that are in order: by account, by occurrence and state. Neither index is more than
-- there was before; they have the time of the last change in them. The account is an expression there, so that only the log
-- reads by it: for "due rows of an account" it would be the worst of ways, and SQLite might take it.
DROP INDEX delivery_log;
DROP INDEX delivery_occurrence;
CREATE INDEX delivery_log ON delivery ((account || ''), updated_at, id);
CREATE INDEX delivery_occurrence ON delivery (occurrence_id, state, updated_at, id);
-- What happened afterwards; few rows have a word, and none while it is under way.
CREATE INDEX delivery_later ON delivery (afterwards, updated_at, id) WHERE afterwards IS NOT NULL;
-- Refused texts: a person looks at these first.
CREATE INDEX attempt_content ON attempt (delivery_id) WHERE outcome = 'rejected_content';
-- Tries that were not accepted: what an account was accepted for is all its tries without these.
CREATE INDEX attempt_other ON attempt (account, opened_at) WHERE outcome <> 'accepted';

-- Rows of the occurrence lie in an archive (or are on their way there): it is over for good, and nothing is placed again.
ALTER TABLE occurrence ADD COLUMN archived_at BIGINT;
CREATE INDEX occurrence_planned ON occurrence (planned_for);

-- What stays of archived rows, so that no report changes: one line for each channel's row, one for people who are alike. The
-- tallies stay as well.
CREATE TABLE archived (
  id            {serial},
  occurrence_id BIGINT   NOT NULL,
  target_id     BIGINT   NOT NULL, -- the channel; 0: people
  family        TEXT     NOT NULL,
  kind          TEXT     NOT NULL,
  state         SMALLINT NOT NULL,
  afterwards    TEXT,
  expires_at    BIGINT   NOT NULL,
  n             BIGINT   NOT NULL,
  asked         BIGINT   NOT NULL, -- airings
  declared      BIGINT   NOT NULL,
  not_aired     BIGINT   NOT NULL,
  extra         BIGINT   NOT NULL,
  at            BIGINT             -- when the last of them was settled
);
CREATE INDEX archived_occurrence ON archived (occurrence_id);
