-- Rates, the double-entry ledger, budgets. Amounts are exact: numeric(18,6), in the one currency of an organisation.

-- Price lists of the operator, for any organisation; so they belong to none.
CREATE TABLE rate_plans (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    name text NOT NULL UNIQUE,
    -- ISO 4217
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rates (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_id text NOT NULL REFERENCES rate_plans,
    channel text NOT NULL CHECK (channel IN ('call', 'inbound', 'sms', 'mms', 'email', 'verification')),
    -- the longest one that a destination begins with counts; '' is every destination
    prefix text NOT NULL CHECK (prefix ~ '^(\+[1-9][0-9]{0,14})?$'),
    -- per minute of a call, per unit of everything else
    price numeric(18, 6) NOT NULL CHECK (price >= 0),
    initial_seconds integer NOT NULL CHECK (initial_seconds BETWEEN 1 AND 3600),
    increment_seconds integer NOT NULL CHECK (increment_seconds BETWEEN 1 AND 3600),
    setup_fee numeric(18, 6) NOT NULL CHECK (setup_fee >= 0),
    setup_on text NOT NULL CHECK (setup_on IN ('answer', 'attempt')),
    effective_from timestamptz NOT NULL,
    UNIQUE (plan_id, channel, prefix, effective_from)
);

-- NULL: unmetered, nothing is charged.
ALTER TABLE organisations ADD COLUMN rate_plan_id text REFERENCES rate_plans;
-- most that a campaign may spend
ALTER TABLE campaigns ADD COLUMN budget numeric(18, 6) CHECK (budget >= 0);
-- what its attempts and transfers were charged; NULL: it was not metered
ALTER TABLE calls ADD COLUMN price numeric(18, 6);
ALTER TABLE calls ADD COLUMN currency text;

-- One row an organisation that has money. Every movement locks it first, after the counters of limits.
CREATE TABLE balances (
    organisation_id text PRIMARY KEY REFERENCES organisations,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- sums of the ledger's accounts of these names, moved in the same transaction
    prepaid numeric(18, 6) NOT NULL DEFAULT 0 CHECK (prepaid >= 0),
    reserved numeric(18, 6) NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    -- most that may be spent in a day, in a month (in the organisation's zone), and ever
    daily_budget numeric(18, 6) CHECK (daily_budget >= 0),
    monthly_budget numeric(18, 6) CHECK (monthly_budget >= 0),
    total_budget numeric(18, 6) CHECK (total_budget >= 0),
    -- below this balance account.balance_low is told, once until it is above again
    low_at numeric(18, 6) CHECK (low_at >= 0),
    low_since timestamptz,
    low_webhook_url text,
    -- nothing that costs is claimed until then: the last claim found too little
    stopped_until timestamptz NOT NULL DEFAULT '-infinity',
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ledger_transactions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    kind text NOT NULL CHECK (kind IN ('topup', 'adjustment', 'reserve', 'renew', 'settle', 'release', 'refund')),
    -- what it is about: an attempt, a message, a payment's reference
    subject text NOT NULL,
    -- no reference: the ledger outlives calls
    call_id text,
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    -- the same thing happens once
    UNIQUE (organisation_id, kind, subject)
);
CREATE INDEX ledger_listed ON ledger_transactions (organisation_id, id DESC);
CREATE INDEX ledger_months ON ledger_transactions (organisation_id, created_at);
CREATE INDEX ledger_calls ON ledger_transactions (call_id) WHERE call_id IS NOT NULL;

-- What an account holds grows by positive amounts. 'prepaid' and 'reserved' are the organisation's money, 'revenue' what
-- it paid for, 'credit' what was given to it; 'cash' is the one account outside: money that came in is negative there.
CREATE TABLE ledger_entries (
    transaction_id bigint NOT NULL REFERENCES ledger_transactions,
    organisation_id text NOT NULL REFERENCES organisations,
    account text NOT NULL CHECK (account IN ('prepaid', 'reserved', 'revenue', 'credit', 'cash')),
    amount numeric(18, 6) NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (transaction_id, account)
);
CREATE INDEX ledger_accounts ON ledger_entries (organisation_id, account);

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: write a transaction that corrects';
END
$$;
CREATE TRIGGER ledger_transactions_rows BEFORE UPDATE OR DELETE ON ledger_transactions
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_transactions_table BEFORE TRUNCATE ON ledger_transactions
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_entries_rows BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_entries_table BEFORE TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

-- Double entry: at the commit every transaction has entries, and they sum to zero.
CREATE FUNCTION ledger_is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
BEGIN
    IF TG_TABLE_NAME = 'ledger_transactions' THEN wanted := NEW.id; ELSE wanted := NEW.transaction_id; END IF;
    IF (SELECT count(*) < 2 OR sum(amount) <> 0 FROM ledger_entries WHERE transaction_id = wanted) THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero', wanted;
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER ledger_transactions_balance AFTER INSERT ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_is_balanced();
CREATE CONSTRAINT TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_is_balanced();

-- The currency is chosen before the first entry.
CREATE FUNCTION currency_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_entries WHERE organisation_id = OLD.organisation_id) THEN
        RAISE EXCEPTION 'the currency of % cannot change: its ledger has entries', OLD.organisation_id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER balances_currency BEFORE UPDATE OF currency ON balances
    FOR EACH ROW WHEN (OLD.currency <> NEW.currency) EXECUTE FUNCTION currency_stays();

-- What a metered contact costs: held before it begins, settled when it ends. The rate is copied, so that a price list
-- may change meanwhile. No telephone number is kept here.
CREATE TABLE charges (
    -- id of the attempt, of the transfer's leg, of the message
    subject text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    call_id text,
    campaign_id text,
    channel text NOT NULL,
    prefix text NOT NULL,
    price numeric(18, 6) NOT NULL,
    initial_seconds integer NOT NULL,
    increment_seconds integer NOT NULL,
    setup_fee numeric(18, 6) NOT NULL,
    setup_on text NOT NULL,
    -- in the organisation's zone, when it began: the day and the month whose budgets it counts in
    day date NOT NULL,
    held numeric(18, 6) NOT NULL CHECK (held >= 0),
    -- of a call: seconds that are held for
    covered_seconds integer NOT NULL DEFAULT 0,
    -- NULL: still held
    charged numeric(18, 6) CHECK (charged >= 0),
    -- seconds or units that were charged
    quantity integer,
    -- cost that nobody pays: there was no money for what was spoken beyond the hold
    forgone numeric(18, 6) NOT NULL DEFAULT 0,
    -- when a renewal was refused for good
    exhausted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz
);
CREATE INDEX charges_held ON charges (organisation_id) WHERE charged IS NULL;
CREATE INDEX charges_call ON charges (call_id) WHERE call_id IS NOT NULL;

-- What budgets are compared with: charged, or still held, by period ('day 2026-01-31', 'month 2026-01', 'total') and
-- campaign ('campaign cmp_…'). Always counted, so that a budget set later knows.
CREATE TABLE spending (
    organisation_id text NOT NULL REFERENCES organisations,
    period text NOT NULL,
    used numeric(18, 6) NOT NULL,
    PRIMARY KEY (organisation_id, period)
);
