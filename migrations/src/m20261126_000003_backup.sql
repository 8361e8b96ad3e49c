ALTER TABLE node ADD COLUMN version TEXT; -- of its program

-- What a blackout leaves behind on an occurrence when it ends.
ALTER TABLE occurrence ADD COLUMN resumed_at BIGINT; -- from when on its rows go again
ALTER TABLE occurrence ADD COLUMN spread_ms BIGINT; -- over how long they are spread from then on
ALTER TABLE occurrence ADD COLUMN blackout TEXT; -- the reason of the blackout: said of what was missed by it
