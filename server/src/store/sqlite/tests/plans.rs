//! Query plans: no statement reads a whole table, or the whole history of one account, client or
//! phone.
//!
//! The statements are found in the source of the backend, so that a new one is checked too.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::{open, raw};

/// The tables that grow for years.
const ARCHIVES: [&str; 5] = ["approval_request", "request", "decision", "enrolment_update", "used_number"];

/// The columns of which one value can have a long history.
const LONG_HISTORIES: [&str; 6] = ["account", "client", "client_id", "enrolment", "username", "state"];

/// Statements that may search an archive by one such column, and the reason.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("max(number)", "the largest number is the last entry of the index"),
    ("from enrolment_update indexed by enrolment_update_stored", "the size of the stored messages is limited"),
];

/// The files whose statements read whole tables: `check` while no server runs, and `former` once,
/// after an upgrade.
const WHOLE_TABLES: [&str; 2] = ["check.rs", "former.rs"];

/// Returns the text literals of the backend that are SQL statements.
fn statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sqlite");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let excepted = WHOLE_TABLES.iter().any(|name| path.ends_with(name));
        if !excepted && path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(
                literals(&std::fs::read_to_string(path).unwrap()).into_iter().filter(|text| is_statement(text)),
            );
        }
    }
    found
}

fn is_statement(text: &str) -> bool {
    let verb = text.split_whitespace().next().unwrap_or_default();
    ["select", "insert", "update", "delete", "with", "replace"].contains(&verb) && text.contains(' ')
}

/// Returns the text literals of a source file. A backslash at the end of a line joins it with the
/// next one.
fn literals(source: &str) -> Vec<String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
    let mut parts = code.split('"');
    let mut found = Vec::new();
    parts.next();
    while let Some(literal) = parts.next() {
        let joined: Vec<&str> = literal.split("\\\n").map(str::trim_start).collect();
        found.push(joined.concat());
        parts.next();
    }
    found
}

/// Returns the steps of the plan of a statement.
async fn plan(db: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("explain query plan {statement}"));
    let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(db).await.unwrap();
    steps.into_iter().map(|(_, _, _, step)| step).collect()
}

/// Returns what makes a step expensive on a large archive.
fn flaw(statement: &str, step: &str) -> Option<&'static str> {
    if step.starts_with("SCAN") {
        let small =
            ["CONSTANT ROW", "json_each", "gateway_secret", "sqlite_schema"].iter().any(|table| step.contains(table));
        // `exists (select 1 from enrolment)` reads one row.
        return (!small && !statement.contains("exists (select 1 from enrolment)")).then_some("reads a whole table");
    }
    let table = step.strip_prefix("SEARCH ")?.split(' ').next()?;
    let columns = step.rsplit_once('(')?.1.trim_end_matches(')');
    let by_one = LONG_HISTORIES.iter().any(|column| columns == format!("{column}=?"));
    let partial =
        ["enrolment_live", "approval_request_pending", "request_pending"].iter().any(|index| step.contains(index));
    let excepted = EXCEPTIONS.iter().any(|(text, _)| statement.contains(text));
    (ARCHIVES.contains(&table) && by_one && !partial && !excepted).then_some("reads a whole history")
}

/// Statistics as `ANALYZE` makes them for a million requests of one client and 300 accounts.
const LARGE: [(&str, &str, &str); 12] = [
    ("approval_request", "approval_request_account", "1000000 3400 40 40"),
    ("approval_request", "approval_request_client", "1000000 1000000 40"),
    ("approval_request", "approval_request_expires", "1000000 40"),
    ("approval_request", "approval_request_pending", "20 2 1 1"),
    ("approval_request", "approval_request_undecided", "50000 40"),
    ("request", "request_approval_request", "1200000 2"),
    ("request", "request_pending", "20 2 1"),
    ("request", "request_expires", "1200000 3000 1"),
    ("decision", "decision_txn", "900000 1"),
    ("enrolment", "enrolment_account", "2000 6"),
    ("enrolment_update", "enrolment_update_enrolment", "100000 50 1"),
    ("outbox", "outbox_due", "100000 2 1"),
];

#[tokio::test]
async fn statements_never_read_a_table_or_a_whole_history() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    for large in [false, true] {
        let pool = raw(folder.path()).await;
        if large {
            sqlx::query("analyze").execute(&pool).await.unwrap();
            sqlx::query("delete from sqlite_stat1").execute(&pool).await.unwrap();
            for (table, index, figures) in LARGE {
                let insert = sqlx::query("insert into sqlite_stat1 (tbl, idx, stat) values ($1, $2, $3)");
                insert.bind(table).bind(index).bind(figures).execute(&pool).await.unwrap();
            }
        }
        pool.close().await;
        // A new connection reads the statistics.
        let mut db = raw(folder.path()).await.acquire().await.unwrap().detach();
        let statements = statements();
        for statement in &statements {
            for step in plan(&mut db, statement).await {
                assert_eq!(flaw(statement, &step), None, "{statement}: {step} (large archive: {large})");
            }
        }
        assert!(statements.len() >= 60, "only {} statements were found", statements.len());
        db.close().await.unwrap();
    }
    store.close().await;
}

#[test]
fn statements_that_read_too_much_are_found() {
    let history = "SEARCH request USING INDEX request_enrolment (enrolment=?)";
    assert!(flaw("select 1 from request where enrolment = $1", history).is_some());
    assert!(flaw("select 1 from request", "SCAN request").is_some());
    assert!(flaw("", "SEARCH request USING INDEX request_expires (enrolment=? AND expires>?)").is_none());
}

#[test]
fn literals_are_read_with_their_continuations() {
    let source = "const A: &str = \"select 1 \\\n    from b\";\n// \"comment\"\nf(\"x\");";
    assert_eq!(literals(source), ["select 1 from b", "x"]);
}
