-- What was heard on a call: who answered, says the detector of answering machines.
ALTER TABLE attempts
    -- the last verdict that was believed
    ADD COLUMN amd_verdict text CHECK (amd_verdict IN ('human', 'machine', 'fax', 'silence', 'unsure')),
    -- 0 to 1
    ADD COLUMN amd_confidence real,
    -- from the answer to the verdict; NULL: it was not heard
    ADD COLUMN amd_seconds real,
    -- the rule that decided
    ADD COLUMN amd_reason text;
