//! What the databases say when something is wrong with them, as they say it.

use sea_orm::{DbErr, RuntimeErr};

use super::*;

fn told(e: &StoreError) -> Option<Trouble> {
    assert!(!e.to_string().is_empty());
    e.trouble()
}

#[tokio::test]
async fn what_sqlite_says_is_understood() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("loa.db");
    let url = format!("sqlite:{}", file.display());
    std::fs::write(&file, "này không phải cơ sở dữ liệu ".repeat(200)).unwrap();
    let e = Store::open(&url, &dir.path().join("key")).await.unwrap_err();
    assert_eq!(told(&e), Some(Trouble::Damaged), "{e}");
    std::fs::remove_file(&file).unwrap();
    drop(std::fs::remove_file(dir.path().join("key")));
    let one = Store::open(&url, &dir.path().join("key")).await.unwrap();
    let two = Store::open(&url, &dir.path().join("key")).await.unwrap();
    // A connection that does not wait, while another program writes.
    let tx = two.begin().await.unwrap();
    tx.exec("PRAGMA busy_timeout = 0", vec![]).await.unwrap();
    tx.commit().await.unwrap();
    let held = one.begin().await.unwrap();
    let e = two.begin().await.err().unwrap();
    assert_eq!(told(&e), Some(Trouble::Busy), "{e}");
    drop(held);
    let tx = one.begin().await.unwrap();
    tx.exec("PRAGMA max_page_count = 1", vec![]).await.unwrap();
    let sql = "INSERT INTO meta (key, value) VALUES ('x', $1)";
    let e = tx.exec(sql, params!["x".repeat(1 << 20)]).await.unwrap_err();
    assert_eq!(told(&e), Some(Trouble::Full), "{e}");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "tests learn of the server from the environment")]
async fn what_postgresql_says_is_understood() {
    for s in stores().await {
        if s.is_embedded() {
            continue;
        }
        let tx = s.begin().await.unwrap();
        let raise = |code: &str| format!("DO $$ BEGIN RAISE 'x' USING ERRCODE = '{code}'; END $$");
        for (code, trouble) in [
            ("28P01", Some(Trouble::Refused)),
            ("3D000", Some(Trouble::NoDatabase)),
            ("42501", Some(Trouble::NoRight)),
            ("53100", Some(Trouble::Full)),
            ("53300", Some(Trouble::Crowded)),
            ("55P03", Some(Trouble::Busy)),
            ("57P03", Some(Trouble::Restarting)),
            ("58030", Some(Trouble::Disk)),
            ("08006", Some(Trouble::NoAnswer)),
            ("23505", None),
        ] {
            tx.exec("SAVEPOINT x", vec![]).await.unwrap();
            let e = tx.exec(&raise(code), vec![]).await.unwrap_err();
            assert_eq!(told(&e), trouble, "{e}");
            tx.exec("ROLLBACK TO SAVEPOINT x", vec![]).await.unwrap();
        }
    }
    // A server that has no such database, and one that is not there: the first answer, not a pool that gives up.
    let Ok(server) = std::env::var("LOA_TEST_PG") else { return };
    let (base, _) = server.rsplit_once('/').unwrap();
    let e = Store::connect(&format!("{base}/khong_co"), Key::from_bytes(&[1; 32])).await.unwrap_err();
    assert_eq!(told(&e), Some(Trouble::NoDatabase), "{e}");
    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    for e in [sqlx::Error::Io(refused), sqlx::Error::PoolTimedOut] {
        let e = StoreError::Db(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(e))));
        assert_eq!(told(&e), Some(Trouble::NoAnswer), "{e}");
    }
}
