//! First step: the whole ledger. The SQL beside this file carries the comments.

use sea_orm_migration::prelude::*;

/// First step.
#[derive(DeriveMigrationName, Debug)]
pub struct Migration;

/// Tables in an order in which they can be dropped.
const TABLES: &[&str] = &[
    "token",
    "reach",
    "evidence",
    "airing",
    "sheet_row",
    "sheet",
    "hold",
    "account_state",
    "attempt",
    "delivery",
    "tally",
    "occurrence",
    "sending",
    "suppression",
    "list_member",
    "list",
    "contact",
    "channel",
    "target",
    "fact",
    "rendition",
    "approval",
    "post",
    "revision",
    "audit",
    "lease",
    "node",
    "meta",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run_script(manager, include_str!("m20261123_000001_ledger.sql")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        Ok(())
    }
}
