//! What allowances are counted by, and far sides that asked for quiet. The SQL beside this file carries the comments.

use sea_orm_migration::prelude::*;

/// This step.
#[derive(DeriveMigrationName, Debug)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run_script(manager, include_str!("m20261126_000005_limits.sql")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in [
            "ALTER TABLE account_state DROP COLUMN quiet_steady",
            "DROP TABLE quiet",
            "DROP TABLE spent_known",
            "DROP TABLE spent",
        ] {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
