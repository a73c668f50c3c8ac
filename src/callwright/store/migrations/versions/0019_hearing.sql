-- What was heard on a call: verdicts of the machine detector, words.
SELECT 1;
