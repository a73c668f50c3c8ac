-- Calls with hours of their own.

ALTER TABLE calls
    -- windows as of a campaign's schedule (rules/timetables.py); NULL: the organisation's hours are all
    ADD COLUMN own_hours jsonb;
