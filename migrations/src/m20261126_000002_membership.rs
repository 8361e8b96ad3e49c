//! Second step: who is on a list now is asked for each person at claim and intent.

use sea_orm_migration::prelude::*;

/// Second step.
#[derive(DeriveMigrationName, Debug)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run_script(manager, "CREATE INDEX list_member_target ON list_member (target_id);").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX list_member_target").await?;
        Ok(())
    }
}
