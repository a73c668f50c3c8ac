-- Recordings of calls and of answers.
SELECT 1;
