//! Names and help texts of the metrics, in one place.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Tells the recorder what each metric means. Counters of outcomes begin when the first outcome comes.
pub fn describe() {
    describe_counter!("loa_outcomes_total", "Answers of far sides, by account and outcome");
    describe_counter!("loa_commit_failures_total", "Transactions of the hot path that the database refused");
    describe_counter!("loa_loop_panics_total", "Loops that panicked and were started again, by loop");
    describe_counter!("loa_alerts_untold_total", "Alerts and digests that reached nobody on duty");
    describe_counter!("loa_heartbeats_total", "Calls of the heartbeat's address, by outcome");
    describe_histogram!("loa_commit_group", "Requests of lanes that shared a transaction");
    describe_gauge!(
        "loa_oldest_due_seconds",
        Unit::Seconds,
        "How long the oldest delivery has been due; the one number to alarm on"
    );
    describe_gauge!("loa_account_paused", "1 while an account is paused, by account");
    describe_gauge!("loa_unknown", "Deliveries whose truth is not known and that wait for a person");
}
