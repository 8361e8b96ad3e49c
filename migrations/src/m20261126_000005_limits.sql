-- Places taken in the allowances of accounts that have any: one for each message of an attempt, from its intent until the
-- longest of its account's windows after its answer. It is kept beside `attempt` so that accounts without an allowance write nothing here, and
-- so that a month is counted whatever was put into the archive meanwhile.
CREATE TABLE spent (
  delivery_id BIGINT   NOT NULL,
  planned_for BIGINT   NOT NULL,
  no          SMALLINT NOT NULL,
  part        SMALLINT NOT NULL DEFAULT 0, -- a delivery of several messages takes a place for each
  account     TEXT     NOT NULL,
  chat        TEXT,              -- keyed hash of the chat's address, where its kind has rates for a chat
  at          BIGINT   NOT NULL, -- steady time of the answer, milliseconds; far in the future while there is none
  PRIMARY KEY (delivery_id, no, part, planned_for)
){rowless};
CREATE INDEX spent_rate ON spent (account, at);
CREATE INDEX spent_chat ON spent (chat, at) WHERE chat IS NOT NULL;

-- How far back the places of an account are known, milliseconds.
CREATE TABLE spent_known (
  account   TEXT PRIMARY KEY,
  window_ms BIGINT NOT NULL
);

-- A far side said of one chat or mailbox: not before then. A row for each account that goes by the same sender.
CREATE TABLE quiet (
  account   TEXT   NOT NULL,
  target_id BIGINT NOT NULL,
  chat      TEXT,             -- as in spent
  until_at  BIGINT NOT NULL,  -- steady time, milliseconds
  PRIMARY KEY (account, target_id)
){rowless};
CREATE INDEX quiet_chat ON quiet (chat) WHERE chat IS NOT NULL;

-- The same of the whole account, by steady time; quiet_until is what the wall clock showed.
ALTER TABLE account_state ADD COLUMN quiet_steady BIGINT NOT NULL DEFAULT 0;
UPDATE account_state SET quiet_steady = quiet_until;
