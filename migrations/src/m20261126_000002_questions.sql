-- Texts that a channel refused again and again: what is left of a revision on an account does not go until somebody mends the
-- text (another revision) or releases it. Its rows are held one by one, since a sending may go by several accounts.
CREATE TABLE content_stop (
  revision_id  BIGINT NOT NULL,
  account      TEXT   NOT NULL,
  cause_code   TEXT,
  cause_detail TEXT,
  stopped_at   BIGINT NOT NULL,
  released_at  BIGINT,
  released_by  TEXT,
  holds        SMALLINT NOT NULL DEFAULT 1, -- 0: it holds nothing any more, and nobody looks for its rows
  PRIMARY KEY (revision_id, account)
){rowless};

-- When a paused account is tried again by itself, whichever node does it, and what the last try said.
CREATE TABLE probe (
  account   TEXT PRIMARY KEY,
  paused_at BIGINT NOT NULL,            -- the pause it belongs to; another pause begins anew
  tries     BIGINT NOT NULL DEFAULT 0,
  next_at   BIGINT NOT NULL,
  asked_at  BIGINT,                     -- when the last answer came
  found     TEXT,                       -- good, or the cause's code
  detail    TEXT
);
