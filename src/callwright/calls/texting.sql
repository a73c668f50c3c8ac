-- name: email_of_callee
-- The first address of the contact whom the call was to.
SELECT m.address FROM calls c JOIN contact_emails m ON m.contact_id = c.contact_id
WHERE c.organisation_id = $1 AND c.id = $2
ORDER BY m.position
LIMIT 1

-- name: organisation
SELECT * FROM organisations WHERE id = $1
