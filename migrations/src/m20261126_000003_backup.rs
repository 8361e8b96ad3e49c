//! Occurrences remember the blackout that held them: what is still useful afterwards is spread, what is not says why. Lives
//! remember their version.

use sea_orm_migration::prelude::*;

/// This step.
#[derive(DeriveMigrationName, Debug)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run_script(manager, include_str!("m20261126_000003_backup.sql")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("occurrence", "resumed_at"),
            ("occurrence", "spread_ms"),
            ("occurrence", "blackout"),
            ("node", "version"),
        ] {
            let sql = format!("ALTER TABLE {table} DROP COLUMN {column}");
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}
