-- Users, roles, sessions, scoped keys, subusers, the audit log.
SELECT 1;
