-- Two steps to a page instead of three: with results in them, a seventh of the updates of three found no room on their page, and had to tell the
-- index (docs/scaling.md). The table does not grow by it. Pages that are full already stay as they are.
set local search_path to passerelle;

alter table step set (fillfactor = 28);
