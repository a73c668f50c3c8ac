-- Approval of texts and audio before they are heard.
SELECT 1;
