//! First step: the whole ledger. The SQL beside this file carries the comments.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

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
    "asset",
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

/// Tables of partitions on PostgreSQL.
const BY_MONTH: &[&str] = &["delivery", "attempt", "airing", "evidence", "reach"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run_script(manager, include_str!("m20261123_000001_ledger.sql")).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            for table in BY_MONTH {
                let rest = format!("CREATE TABLE {table}_default PARTITION OF {table} DEFAULT");
                manager.get_connection().execute_unprepared(&rest).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        Ok(())
    }
}
