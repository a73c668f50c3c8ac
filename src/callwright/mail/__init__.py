"""What a mail is made of, and what mails from mail servers say: pure, without a connection or a database."""
