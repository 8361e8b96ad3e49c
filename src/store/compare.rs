//! What the ledger holds of what posts share: channels, facts, lists, and how many rows stand on them. The plan compares it
//! with the workspace; nothing is written here, and no address leaves but to be compared.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sea_orm::FromQueryResult;

use super::{ChannelRow, Result, Store, params};
use crate::domain::fact::Fact;
use crate::domain::unit::ContactList;

/// A channel as last applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChannel {
    /// Number of its target.
    pub target: i64,
    /// As it was written.
    pub row: ChannelRow,
    /// It was taken out of the workspace since.
    pub removed: bool,
}

/// A fact as last applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredFact {
    /// First day.
    pub valid_from: Option<NaiveDate>,
    /// Last day.
    pub valid_to: Option<NaiveDate>,
    /// Last check.
    pub checked: Option<NaiveDate>,
    /// Whether the workspace has the same words.
    pub same_text: bool,
}

/// A list of the workspace beside the one in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListState {
    /// The ledger has none of that name.
    New,
    /// Nothing differs.
    Same,
    /// Something differs.
    Changed {
        /// Members in the ledger.
        members: i64,
        /// People who come to it.
        added: i64,
        /// People who leave it.
        left: i64,
        /// People whose name or further address changed.
        edited: i64,
    },
}

/// Rows that stand on a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelLoad {
    /// Rows that wait to be sent.
    pub waiting: i64,
    /// Packages handed over whose link is still to come.
    pub pending: i64,
    /// All rows that ever stood on it.
    pub ever: i64,
}

/// Somebody whom an occurrence reached, or may have.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Reached {
    /// The occurrence.
    pub occurrence_id: i64,
    /// The channel; empty for the people of lists, who are counted together.
    pub target_ref: String,
    /// How many.
    pub n: i64,
    /// When the last of them, milliseconds.
    pub at: i64,
}

#[derive(FromQueryResult)]
struct Raw {
    target: i64,
    target_ref: String,
    unit: String,
    unit_name: String,
    family: String,
    account: String,
    kind: String,
    mode: Option<String>,
    url: Option<String>,
    address_enc: Option<Vec<u8>>,
    covered: Option<i64>,
    officer: Option<String>,
    station: Option<String>,
    removed_at: Option<i64>,
}

#[derive(FromQueryResult)]
struct RawFact {
    id: String,
    valid_from: Option<String>,
    valid_to: Option<String>,
    checked: Option<String>,
    text_hash: String,
}

#[derive(FromQueryResult)]
struct Digest {
    id: String,
    digest: String,
    members: i64,
}

#[derive(FromQueryResult)]
struct Member {
    who: Option<Vec<u8>>,
    row_bidx: Option<Vec<u8>>,
}

#[derive(FromQueryResult)]
struct Load {
    target_id: i64,
    waiting: i64,
    pending: i64,
    ever: i64,
}

/// Numbers of rows, as they stand in a condition.
fn numbers(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

impl Store {
    /// Every channel that was ever applied.
    ///
    /// # Errors
    /// The database's; an address that the key does not open.
    pub async fn channel_all(&self) -> Result<Vec<StoredChannel>> {
        let rows: Vec<Raw> = self
            .rows(
                "SELECT c.target_id AS target, t.ref AS target_ref, c.unit, c.unit_name, c.family, c.account, c.kind, c.mode, \
                        c.url, c.address_enc, c.covered, c.officer, c.station, c.removed_at \
                 FROM channel c JOIN target t ON t.id = c.target_id ORDER BY t.ref",
                vec![],
            )
            .await?;
        rows.into_iter()
            .map(|r| {
                Ok(StoredChannel {
                    target: r.target,
                    removed: r.removed_at.is_some(),
                    row: ChannelRow {
                        target_ref: r.target_ref,
                        unit: r.unit,
                        unit_name: r.unit_name,
                        family: r.family,
                        account: r.account,
                        kind: r.kind,
                        mode: r.mode,
                        url: r.url,
                        address: r.address_enc.as_deref().map(|a| self.key().open(a)).transpose()?,
                        covered: r.covered,
                        officer: r.officer,
                        station: r.station,
                    },
                })
            })
            .collect()
    }

    /// The facts as last applied, by id.
    ///
    /// # Errors
    /// The database's.
    pub async fn fact_stored(&self, wanted: &[Fact]) -> Result<BTreeMap<String, StoredFact>> {
        let rows: Vec<RawFact> =
            self.rows("SELECT id, valid_from, valid_to, checked, text_hash FROM fact", vec![]).await?;
        let day = |s: Option<String>| s.and_then(|s| s.parse().ok());
        Ok(rows
            .into_iter()
            .map(|r| {
                let same_text = wanted
                    .iter()
                    .find(|f| f.id.as_str() == r.id)
                    .is_some_and(|f| self.fact_mark(f) == r.text_hash);
                let fact = StoredFact {
                    valid_from: day(r.valid_from),
                    valid_to: day(r.valid_to),
                    checked: day(r.checked),
                    same_text,
                };
                (r.id, fact)
            })
            .collect())
    }

    /// How lists of the workspace differ from those in the ledger, in the same order. People are counted only where the file
    /// as a whole differs.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_states(&self, wanted: &[ContactList]) -> Result<Vec<ListState>> {
        let known: Vec<Digest> = self.rows("SELECT id, digest, members FROM list", vec![]).await?;
        let mut out = Vec::with_capacity(wanted.len());
        for list in wanted {
            let Some(stored) = known.iter().find(|k| k.id == list.id.as_str()) else {
                out.push(ListState::New);
                continue;
            };
            if stored.digest == self.list_digest(list) {
                out.push(ListState::Same);
                continue;
            }
            let rows: Vec<Member> = self
                .rows(
                    "SELECT COALESCE(c.email_bidx, c.zalo_bidx, c.telegram_bidx) AS who, c.row_bidx FROM list_member m \
                     JOIN contact c ON c.target_id = m.target_id WHERE m.list = $1",
                    params![list.id.as_str()],
                )
                .await?;
            let mut stays: HashMap<Vec<u8>, Option<Vec<u8>>> =
                rows.into_iter().filter_map(|m| m.who.map(|w| (w, m.row_bidx))).collect();
            let (mut added, mut edited) = (0, 0);
            let marks: HashMap<Vec<u8>, Vec<u8>> =
                list.contacts.iter().filter_map(|c| super::people::marks(self.key(), &c)).collect();
            for (who, row) in marks {
                match stays.remove(&who) {
                    None => added += 1,
                    Some(old) if old.as_deref() != Some(row.as_slice()) => edited += 1,
                    Some(_) => {}
                }
            }
            out.push(ListState::Changed { members: stored.members, added, left: stays.len() as i64, edited });
        }
        Ok(out)
    }

    /// Rows that stand on these channels (numbers of targets).
    ///
    /// # Errors
    /// The database's.
    pub async fn channel_load(&self, targets: &[i64]) -> Result<HashMap<i64, ChannelLoad>> {
        let mut out = HashMap::new();
        for chunk in targets.chunks(500) {
            let rows: Vec<Load> = self
                .rows(
                    &format!(
                        "SELECT target_id, CAST(sum(CASE WHEN state IN (0,1,5) THEN 1 ELSE 0 END) AS bigint) AS waiting, \
                                CAST(sum(CASE WHEN state = 4 AND pending = 1 THEN 1 ELSE 0 END) AS bigint) AS pending, \
                                CAST(count(*) AS bigint) AS ever \
                         FROM delivery WHERE target_id IN ({}) GROUP BY target_id",
                        numbers(chunk)
                    ),
                    vec![],
                )
                .await?;
            out.extend(rows.into_iter().map(|r| {
                (r.target_id, ChannelLoad { waiting: r.waiting, pending: r.pending, ever: r.ever })
            }));
        }
        Ok(out)
    }

    /// Whom these occurrences reached, or may have: rows that were accepted, are under way, or are unknown.
    ///
    /// # Errors
    /// The database's.
    pub async fn reached(&self, occurrences: &[i64]) -> Result<Vec<Reached>> {
        let mut out = Vec::new();
        for chunk in occurrences.chunks(500) {
            out.extend(
                self.rows(
                    &format!(
                        "SELECT d.occurrence_id, CASE WHEN t.kind = 'channel' THEN t.ref ELSE '' END AS target_ref, \
                                CAST(count(*) AS bigint) AS n, \
                                CAST(max(COALESCE(d.settled_at, d.updated_at)) AS bigint) AS at \
                         FROM delivery d JOIN target t ON t.id = d.target_id \
                         WHERE d.occurrence_id IN ({ids}) AND d.state IN (3,4,8) GROUP BY 1, 2 \
                         UNION ALL SELECT a.occurrence_id, COALESCE(t.ref, ''), CAST(sum(a.n) AS bigint), \
                                CAST(max(COALESCE(a.at, 0)) AS bigint) \
                         FROM archived a LEFT JOIN target t ON t.id = a.target_id \
                         WHERE a.occurrence_id IN ({ids}) AND a.state IN (3,4,8) GROUP BY 1, 2 ORDER BY 1, 2",
                        ids = numbers(chunk)
                    ),
                    vec![],
                )
                .await?,
            );
        }
        Ok(out)
    }
}
