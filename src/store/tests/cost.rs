//! What a row costs SQLite that no figure of a test can show.

use super::super::WAITS;
use super::in_a_file;

/// The steps of SQLite's program for a statement, or what its planner says of it.
fn explained(c: &rusqlite::Connection, how: &str, column: usize, sql: &str) -> Vec<String> {
    let mut statement = c.prepare(&format!("{how} {sql}")).unwrap();
    let steps = statement.query_map([], |row| row.get(column)).unwrap();
    steps.collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn a_row_is_written_without_a_table_made_for_it() {
    let s = in_a_file().await;
    let c = rusqlite::Connection::open(&s.file.as_ref().unwrap().0).unwrap();
    // What an index's condition asks of each row that is written: a list of three is a table, filled anew for every row.
    for set in
        ["state = 2, node_id = 1", "state = 3, opened = 1, updated_at = 1", "state = 4, settled_at = 1"]
    {
        let sql = format!("UPDATE delivery SET {set} WHERE id = 1 AND planned_for = 1");
        let steps = explained(&c, "EXPLAIN", 1, &sql);
        assert!(steps.iter().any(|s| s == "IdxInsert"), "{steps:?}");
        assert!(!steps.iter().any(|s| s.contains("Ephemeral")), "{sql}: {steps:?}");
    }
    for sql in [
        format!("SELECT 1 FROM delivery WHERE {WAITS} AND expires_at <= 1"),
        format!("SELECT min(expires_at) FROM delivery WHERE {WAITS}"),
    ] {
        let plan = explained(&c, "EXPLAIN QUERY PLAN", 3, &sql);
        assert!(plan.iter().all(|p| p.contains("delivery_expiry")), "{sql}: {plan:?}");
    }
}
