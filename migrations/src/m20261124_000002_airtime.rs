//! Second step: what a sheet asks of a station, row by row: which item, how many airings, in which sessions.

use sea_orm_migration::prelude::*;

/// Second step.
#[derive(DeriveMigrationName, Debug)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run_script(manager, include_str!("m20261124_000002_airtime.sql")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["slots", "times", "no"] {
            let drop = format!("ALTER TABLE sheet_row DROP COLUMN {column}");
            manager.get_connection().execute_unprepared(&drop).await?;
        }
        Ok(())
    }
}
