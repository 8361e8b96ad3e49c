//! Indexes for a ledger of many millions, and what stays of archived rows. The SQL beside this file carries the comments.

use sea_orm_migration::prelude::*;

/// Large ledgers.
#[derive(DeriveMigrationName, Debug)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run_script(manager, include_str!("m20261126_000006_archive.sql")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in [
            "DROP TABLE archived",
            "DROP INDEX occurrence_planned",
            "ALTER TABLE occurrence DROP COLUMN archived_at",
            "DROP INDEX attempt_other",
            "DROP INDEX attempt_content",
            "DROP INDEX delivery_later",
            "DROP INDEX delivery_occurrence",
            "DROP INDEX delivery_log",
            "CREATE INDEX delivery_log ON delivery (updated_at, id)",
            "CREATE INDEX delivery_occurrence ON delivery (occurrence_id, state)",
        ] {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
