//! The names that generated events use: as many, and as different, as those of a middling system.

/// A service, the functions it runs, what its requests and queries look like.
pub struct Service {
    pub name: &'static str,
    pub module: &'static str,
    pub functions: &'static [&'static str],
    pub routes: &'static [(&'static str, &'static str)],
    pub database: &'static str,
    pub queries: &'static [&'static str],
    pub variables: &'static [&'static str],
    pub locks: &'static [&'static str],
}

pub const SERVICES: [Service; 6] = [
    Service {
        name: "gateway",
        module: "gateway.routes",
        functions: &["authenticate", "route_request", "rate_limit", "render_response", "load_session"],
        routes: &[("GET", "/api/v2/session"), ("POST", "/api/v2/orders"), ("GET", "/api/v2/orders/recent")],
        database: "sessions",
        queries: &["SELECT user_id, expires_at FROM sessions WHERE token_hash = $1"],
        variables: &["gateway.open_requests", "gateway.rate_window", "session.last_seen"],
        locks: &["session-table", "rate-limiter"],
    },
    Service {
        name: "checkout",
        module: "checkout.orders",
        functions: &["create_order", "apply_discounts", "reserve_items", "compute_total", "confirm_order"],
        routes: &[("POST", "/orders"), ("PUT", "/orders/confirm"), ("GET", "/orders/status")],
        database: "orders",
        queries: &[
            "INSERT INTO orders (id, customer_id, total_cents, state) VALUES ($1, $2, $3, 'new')",
            "UPDATE orders SET state = $2, updated_at = now() WHERE id = $1",
        ],
        variables: &["cart.total", "order.state", "order.items_reserved"],
        locks: &["order", "cart"],
    },
    Service {
        name: "accounts",
        module: "accounts.transfers",
        functions: &["transfer", "debit", "credit", "check_limits", "load_account", "freeze"],
        routes: &[("POST", "/transfers"), ("GET", "/accounts/balance")],
        database: "accounts",
        queries: &[
            "SELECT balance, version FROM accounts WHERE id = $1 FOR UPDATE",
            "UPDATE accounts SET balance = balance + $2, version = version + 1 WHERE id = $1",
        ],
        variables: &["account.balance", "account.version", "account.pending_holds"],
        locks: &["account", "limits"],
    },
    Service {
        name: "ledger",
        module: "ledger.journal",
        functions: &["append_entry", "balance_books", "verify_checksum", "rotate_segment"],
        routes: &[("POST", "/entries"), ("GET", "/entries/range")],
        database: "ledger",
        queries: &["INSERT INTO journal (entry_id, debit, credit, amount_cents) VALUES ($1, $2, $3, $4)"],
        variables: &["journal.head", "journal.checksum", "journal.segment_bytes"],
        locks: &["journal", "segment"],
    },
    Service {
        name: "pricing",
        module: "pricing.engine",
        functions: &["quote", "load_rules", "convert_currency", "round_price"],
        routes: &[("POST", "/quotes"), ("GET", "/rules/active")],
        database: "pricing",
        queries: &["SELECT rule_id, factor, valid_until FROM price_rules WHERE product_group = $1"],
        variables: &["rules.version", "rates.eur_usd", "quote.cache_size"],
        locks: &["rules", "rates"],
    },
    Service {
        name: "notifications",
        module: "notifications.outbox",
        functions: &["enqueue", "render_template", "deliver", "retry_failed"],
        routes: &[("POST", "/messages"), ("GET", "/messages/pending")],
        database: "outbox",
        queries: &["DELETE FROM outbox WHERE id = ANY($1) RETURNING recipient, template, attempts"],
        variables: &["outbox.depth", "outbox.oldest_age", "template.cache_hits"],
        locks: &["outbox", "templates"],
    },
];

pub const ERRORS: [(&str, &str); 3] = [
    ("TimeoutError", "no answer from the upstream service within 2000 ms"),
    ("InsufficientFunds", "the account does not cover the amount that was asked for"),
    ("ConstraintViolation", "a row with this key exists already"),
];
