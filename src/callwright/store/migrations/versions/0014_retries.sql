-- What a call does after an attempt that did not reach its end; it ends at not_after (0010).
ALTER TABLE calls
    -- outcome -> {"count", "delay_seconds", "backoff"}; NULL: it is made once
    ADD COLUMN retry jsonb,
    -- the same, after the person hung up before the flow's end; NULL: then it is not made again
    ADD COLUMN retry_incomplete jsonb;

-- the person hung up before the flow's end
ALTER TABLE attempts ADD COLUMN incomplete boolean NOT NULL DEFAULT false;

CREATE INDEX calls_expiring ON calls (not_after) WHERE status = 'queued' AND not_after IS NOT NULL;
