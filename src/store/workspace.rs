//! What `apply` copies out of the workspace: units' channels, facts, lists and their people.

use std::collections::BTreeMap;

use sea_orm::FromQueryResult;

use super::expand::Members;
use super::{Col, Result, Store, Tx, params};
use crate::domain::fact::Fact;
use crate::domain::unit::ContactList;

/// A channel as the ledger needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    /// `unit/family`.
    pub target_ref: String,
    /// Its unit.
    pub unit: String,
    /// The unit's name.
    pub unit_name: String,
    /// Its family.
    pub family: String,
    /// The account that serves it.
    pub account: String,
    /// The transport kind of that account.
    pub kind: String,
    /// For sites.
    pub mode: Option<String>,
    /// For sites.
    pub url: Option<String>,
    /// Where messages go.
    pub address: Option<String>,
    /// People it covers, as the unit declares.
    pub covered: Option<i64>,
    /// Name and telephone of the person to call.
    pub officer: Option<String>,
    /// JSON of the station (sessions, days, allowance).
    pub station: Option<String>,
}

/// A list as stored.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ListRow {
    /// Its id.
    pub id: String,
    /// In words.
    pub title: String,
    /// How many people it holds now.
    pub members: i64,
}

#[derive(FromQueryResult)]
struct Ref {
    id: i64,
    r: String,
}

/// The number of a target, made if it is new.
pub(super) async fn target_ids(
    tx: &Tx,
    kind: &str,
    refs: &[&str],
) -> Result<std::collections::HashMap<String, i64>> {
    let mut out = std::collections::HashMap::new();
    for chunk in refs.chunks(1000) {
        let json = serde_json::Value::Array(chunk.iter().map(|r| serde_json::json!({ "r": r })).collect())
            .to_string();
        let rows = tx.json_rows(1, &[("r", Col::Text)]);
        tx.exec(
            &format!(
                "INSERT INTO target (kind, ref) SELECT '{kind}', r FROM {rows} AS j \
                 WHERE NOT EXISTS (SELECT 1 FROM target t WHERE t.ref = j.r) ON CONFLICT (ref) DO NOTHING"
            ),
            params![json.as_str()],
        )
        .await?;
        let found: Vec<Ref> = tx
            .rows(
                &format!("SELECT t.id, t.ref AS r FROM {rows} AS j JOIN target t ON t.ref = j.r"),
                params![json],
            )
            .await?;
        out.extend(found.into_iter().map(|f| (f.r, f.id)));
    }
    Ok(out)
}

impl Store {
    /// Writes channels: all of them, every time; one that is gone is marked removed and keeps its rows.
    pub(super) async fn channels_write(&self, tx: &Tx, channels: &[ChannelRow], now: i64) -> Result<()> {
        let refs: Vec<&str> = channels.iter().map(|c| c.target_ref.as_str()).collect();
        let ids = target_ids(tx, "channel", &refs).await?;
        tx.exec("UPDATE channel SET removed_at = $1 WHERE removed_at IS NULL", params![now]).await?;
        for c in channels {
            let Some(&id) = ids.get(&c.target_ref) else { continue };
            let sealed = c.address.as_deref().map(|a| self.key.seal(a));
            tx.exec(
                "INSERT INTO channel (target_id, unit, unit_name, family, account, kind, mode, url, address_enc, covered, \
                                      officer, station, removed_at, updated_at) \
                 VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$13,NULL,$12) \
                 ON CONFLICT (target_id) DO UPDATE SET unit = excluded.unit, unit_name = excluded.unit_name, \
                   account = excluded.account, kind = excluded.kind, mode = excluded.mode, url = excluded.url, \
                   address_enc = excluded.address_enc, covered = excluded.covered, officer = excluded.officer, \
                   station = excluded.station, \
                   removed_at = NULL, updated_at = excluded.updated_at",
                params![
                    id,
                    c.unit.as_str(),
                    c.unit_name.as_str(),
                    c.family.as_str(),
                    c.account.as_str(),
                    c.kind.as_str(),
                    c.mode.as_deref(),
                    c.url.as_deref(),
                    sealed,
                    c.covered,
                    c.officer.as_deref(),
                    now,
                    c.station.as_deref()
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// What tells whether a fact's words, or what they rest on, changed.
    pub(super) fn fact_mark(&self, f: &Fact) -> String {
        let basis = f.basis.as_deref().or(f.source.as_deref()).unwrap_or_default();
        super::crypt::hex(&self.key.blind("fact", &format!("{}\n{basis}", f.text)))
    }

    /// The assets of the media kit that were as pinned when the folder was last read: id → SHA-256.
    ///
    /// # Errors
    /// The database's.
    pub async fn asset_rows(&self) -> Result<BTreeMap<String, String>> {
        #[derive(FromQueryResult)]
        struct Row {
            id: String,
            sha256: String,
        }
        let rows: Vec<Row> = self.rows("SELECT id, sha256 FROM asset", vec![]).await?;
        Ok(rows.into_iter().map(|r| (r.id, r.sha256)).collect())
    }

    /// Writes the register of facts: these, and nothing beside them but those of `kept`, which stay as they are.
    pub(super) async fn facts_write(&self, tx: &Tx, facts: &[Fact], kept: &[String], now: i64) -> Result<()> {
        let stay: Vec<_> = facts
            .iter()
            .map(|f| f.id.as_str())
            .chain(kept.iter().map(String::as_str))
            .map(|id| serde_json::json!({ "id": id }))
            .collect();
        tx.exec(
            &format!(
                "DELETE FROM fact WHERE id NOT IN (SELECT id FROM {} AS j)",
                tx.json_rows(1, &[("id", Col::Text)])
            ),
            params![serde_json::Value::Array(stay).to_string()],
        )
        .await?;
        for f in facts {
            tx.exec(
                "INSERT INTO fact (id, valid_from, valid_to, checked, text_hash, updated_at, checked_by, basis, says) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) \
                 ON CONFLICT (id) DO UPDATE SET valid_from = excluded.valid_from, valid_to = excluded.valid_to, \
                   checked = excluded.checked, text_hash = excluded.text_hash, updated_at = excluded.updated_at, \
                   checked_by = excluded.checked_by, basis = excluded.basis, says = excluded.says",
                params![
                    f.id.as_str(),
                    f.valid_from.map(|d| d.to_string()),
                    f.valid_to.map(|d| d.to_string()),
                    f.checked.map(|d| d.to_string()),
                    self.fact_mark(f),
                    now,
                    f.checked_by.as_ref().map(|p| p.as_str()),
                    f.basis.as_deref().or(f.source.as_deref()),
                    said(&f.text)
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// What an import of a list would compare: a keyed digest of its rows.
    pub(super) fn list_digest(&self, list: &ContactList) -> String {
        use super::people::ground;
        let about = [list.title.as_str(), ground(list.ground), list.source.as_str()];
        let people = list.contacts.iter().flat_map(|c| {
            let fields = [c.name, c.email, c.zalo, c.telegram].map(Option::unwrap_or_default);
            fields.into_iter().chain([c.ground.map_or("", ground)])
        });
        super::crypt::hex(&self.key.digest("list", about.into_iter().chain(people)))
    }

    /// Brings a list up to date: people are found again by their addresses, new ones get a surrogate id, who is no longer in
    /// the file leaves the list (and keeps the rows of the ledger).
    pub(super) async fn list_write(&self, tx: &Tx, list: &ContactList, now: i64) -> Result<()> {
        let digest = self.list_digest(list);
        let known = tx
            .int(
                "SELECT count(*) FROM list WHERE id = $1 AND digest = $2",
                params![list.id.as_str(), digest.as_str()],
            )
            .await?;
        if known == Some(1) {
            return Ok(());
        }
        tx.exec("DELETE FROM list_member WHERE list = $1", params![list.id.as_str()]).await?;
        let mut people = list.contacts.iter().peekable();
        while people.peek().is_some() {
            let chunk = people.by_ref().take(500);
            let rows: Vec<super::people::Person> =
                chunk.map(|c| super::people::Person::new(&self.key, &c, list.ground)).collect();
            let ids = super::people::upsert(tx, &self.key, &rows, &list.source, now).await?;
            super::people::join(tx, list.id.as_str(), &ids, now).await?;
        }
        tx.exec(
            "INSERT INTO list (id, title, ground, source, digest, members, updated_at) \
             VALUES ($1, $2, $3, $4, $5, (SELECT count(*) FROM list_member WHERE list = $1), $6) \
             ON CONFLICT (id) DO UPDATE SET title = excluded.title, ground = excluded.ground, source = excluded.source, \
               digest = excluded.digest, members = excluded.members, updated_at = excluded.updated_at",
            params![
                list.id.as_str(),
                list.title.as_str(),
                super::people::ground(list.ground),
                list.source.as_str(),
                digest,
                now
            ],
        )
        .await?;
        // What is still being sent to the list follows it: who joined is added by another expansion, who left is set aside at claim.
        tx.exec(
            "UPDATE occurrence SET expanded_at = NULL, expand_from = 0 \
             WHERE expanded_at IS NOT NULL AND cancelled_at IS NULL AND expires_at > $2 \
               AND (lists LIKE $1 ESCAPE '\\' OR except_lists LIKE $1 ESCAPE '\\') \
               AND EXISTS (SELECT 1 FROM tally t WHERE t.occurrence_id = occurrence.id AND t.state IN (0,1,2,5) AND t.n > 0)",
            params![format!("%\"{}\"%", list.id.as_str().replace('_', "\\_")), now],
        )
        .await?;
        Ok(())
    }

    /// The lists, by id.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_all(&self) -> Result<Vec<ListRow>> {
        self.rows("SELECT id, title, members FROM list ORDER BY id", vec![]).await
    }

    /// A text that differs once [`Store::list_reachable`] of these lists may have grown: a list was written, or somebody taken off
    /// the suppressed.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_stamp(&self, lists: &[String], except: &[String]) -> Result<String> {
        #[derive(FromQueryResult)]
        struct State {
            id: String,
            members: i64,
            digest: String,
            updated_at: i64,
        }
        let all: Vec<State> = self
            .rows(
                &format!(
                    "SELECT id, members, digest, updated_at FROM list WHERE id IN ({}, {}) ORDER BY id",
                    quoted(lists),
                    quoted(except)
                ),
                vec![],
            )
            .await?;
        let suppressed = self.int("SELECT count(*) FROM suppression", vec![]).await?;
        let lists = all.iter().map(|l| format!("{} {} {} {};", l.id, l.members, l.digest, l.updated_at));
        Ok(format!("{suppressed};{}", lists.collect::<String>()))
    }

    /// How many people of these lists would get a message of a family now: each once, opted-out and dead ones not.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_reachable(&self, lists: &[String], except: &[String], family: &str) -> Result<i64> {
        let column = super::people::bidx_column(family);
        let Some(column) = column else { return Ok(0) };
        let members = self.int(&Members::count_sql(lists), vec![]).await?;
        let Members { lists: chosen, index, .. } = Members::of(lists, members, self.is_embedded());
        self.int(
            &format!(
                "SELECT count(*) FROM (SELECT DISTINCT target_id FROM list_member {index} WHERE list IN ({chosen})) AS m \
                 CROSS JOIN contact c \
                 WHERE c.target_id = m.target_id AND c.erased_at IS NULL AND c.{column} IS NOT NULL \
                   AND NOT EXISTS (SELECT 1 FROM list_member x WHERE x.target_id = m.target_id AND x.list IN ({left_out})) \
                   AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.bidx = c.{column} AND s.family = $1 \
                                   AND (s.list = '' OR s.list IN ({chosen})))",
                left_out = quoted(except)
            ),
            params![family],
        )
        .await
    }
}

/// Ids as a list of SQL texts for `IN (…)`; `NULL`, which is no list's name, for none. What is no slug is no id.
pub(super) fn quoted(ids: &[String]) -> String {
    let texts: Vec<String> =
        ids.iter().filter(|id| crate::domain::id::is_slug(id)).map(|id| format!("'{id}'")).collect();
    if texts.is_empty() { "NULL".to_owned() } else { texts.join(",") }
}

/// A JSON array of ids. Ids are slugs: `LIKE '%"id"%'` finds exactly one once its `_` are escaped.
pub(super) fn json(ids: &[String]) -> String {
    serde_json::Value::from(ids.to_vec()).to_string()
}

/// What the ledger keeps of a fact's words ([`FactRow::says`](super::FactRow)).
pub fn said(text: &str) -> String {
    super::crypt::hex(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref())
}

/// Writes the register of assets: these, and nothing beside them.
pub(super) async fn kit_write(tx: &Tx, kit: &BTreeMap<String, String>) -> Result<()> {
    tx.exec("DELETE FROM asset", vec![]).await?;
    let rows: Vec<_> =
        kit.iter().map(|(id, sha256)| serde_json::json!({ "id": id, "sha256": sha256 })).collect();
    tx.exec(
        &format!(
            "INSERT INTO asset (id, sha256) SELECT id, sha256 FROM {} AS j",
            tx.json_rows(1, &[("id", Col::Text), ("sha256", Col::Text)])
        ),
        params![serde_json::Value::Array(rows).to_string()],
    )
    .await?;
    Ok(())
}
