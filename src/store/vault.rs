//! Rotating credentials, encrypted: durable before anybody uses the new one.

use async_trait::async_trait;
use sea_orm::FromQueryResult;

use super::{Result, Store, params};
use crate::domain::port::{Clock, TokenVault};

/// The vault of an installation.
#[derive(Debug)]
pub struct Vault {
    store: Store,
    clock: std::sync::Arc<dyn Clock>,
}

impl Vault {
    /// A vault in a database.
    pub fn new(store: Store, clock: std::sync::Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    async fn read(&self, account: &str) -> Result<Option<String>> {
        #[derive(FromQueryResult)]
        struct Row {
            value_enc: Vec<u8>,
        }
        let row: Option<Row> =
            self.store.row("SELECT value_enc FROM token WHERE account = $1", params![account]).await?;
        row.map(|r| self.store.key.open(&r.value_enc)).transpose()
    }

    async fn write(&self, account: &str, token: &str) -> Result<()> {
        let tx = self.store.begin().await?;
        tx.exec(
            "INSERT INTO token (account, value_enc, updated_at) VALUES ($1,$2,$3) \
             ON CONFLICT (account) DO UPDATE SET value_enc = excluded.value_enc, updated_at = excluded.updated_at",
            params![account, self.store.key.seal(token), self.clock.now().timestamp_millis()],
        )
        .await?;
        tx.commit().await
    }
}

#[async_trait]
impl TokenVault for Vault {
    async fn load(&self, account: &str) -> std::result::Result<Option<String>, String> {
        self.read(account).await.map_err(|e| e.to_string())
    }
    async fn save(&self, account: &str, token: &str) -> std::result::Result<(), String> {
        self.write(account, token).await.map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Still;
    #[async_trait]
    impl Clock for Still {
        fn now(&self) -> chrono::DateTime<chrono::Utc> {
            chrono::DateTime::UNIX_EPOCH
        }
        async fn sleep_until(&self, _until: chrono::DateTime<chrono::Utc>) {}
    }

    #[tokio::test]
    async fn a_token_is_kept_and_never_in_clear() {
        let store = Store::in_memory().await.unwrap();
        let v = Vault::new(store.clone(), std::sync::Arc::new(Still));
        assert_eq!(v.load("oa").await.unwrap(), None);
        v.save("oa", "first").await.unwrap();
        v.save("oa", "second-secret").await.unwrap();
        assert_eq!(v.load("oa").await.unwrap().as_deref(), Some("second-secret"));
        let clear = store
            .int("SELECT count(*) FROM token WHERE instr(CAST(value_enc AS TEXT), 'secret') > 0", vec![])
            .await
            .unwrap();
        assert_eq!(clear, 0);
    }
}
