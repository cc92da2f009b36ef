-- A step is written three times. With room on its page the new version stays beside the old one, and no index has to hear of it
-- (docs/scaling.md). Pages that are full already stay as they are.
set local search_path to passerelle;

alter table step set (fillfactor = 40);
