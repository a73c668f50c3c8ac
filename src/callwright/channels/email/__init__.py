"""Emails over SMTP, the reports that come back by IMAP and LMTP, and the lab's mailbox."""
