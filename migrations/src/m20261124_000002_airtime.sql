-- A sheet may ask for fewer airings than the plan wants: holidays, the ward's allowance, other items of the week.
ALTER TABLE sheet_row ADD COLUMN no BIGINT NOT NULL DEFAULT 0; -- its place on the sheet, from 1
ALTER TABLE sheet_row ADD COLUMN times BIGINT; -- airings asked for; NULL: as many as the plan wants
ALTER TABLE sheet_row ADD COLUMN slots TEXT NOT NULL DEFAULT '[]'; -- JSON: the sessions it proposes
