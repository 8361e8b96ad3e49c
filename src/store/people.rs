//! People of lists under surrogate ids; opt-out and suppression by blind index.

use ring::rand::{SecureRandom, SystemRandom};
use sea_orm::FromQueryResult;

use super::{Col, Key, Result, Store, Tx, crypt::hex, params};
use crate::domain::contact::ContactRef;
use crate::domain::people::Actor;
use crate::domain::unit::Ground;

/// The word stored for a ground.
pub(super) fn ground(g: Ground) -> &'static str {
    match g {
        Ground::Consent => "consent",
        Ground::Duty => "duty",
    }
}

/// The blind index column of a family that reaches people.
pub(super) fn bidx_column(family: &str) -> Option<&'static str> {
    match family {
        "email" => Some("email_bidx"),
        "zalo" => Some("zalo_bidx"),
        "telegram" => Some("telegram_bidx"),
        _ => None,
    }
}

/// A person to be stored: hashes to find by, sealed values to keep.
pub(super) struct Person {
    name: Option<Vec<u8>>,
    email: Option<(Vec<u8>, Vec<u8>)>,
    zalo: Option<(Vec<u8>, Vec<u8>)>,
    telegram: Option<(Vec<u8>, Vec<u8>)>,
    row: Vec<u8>,
    ground: &'static str,
}

impl Person {
    pub(super) fn new(key: &Key, c: &ContactRef<'_>, default: Ground) -> Self {
        let pair = |kind: &str, v: Option<&str>| v.map(|v| (key.blind(kind, v), key.seal(v)));
        Self {
            name: c.name.map(|n| key.seal(n)),
            email: pair("email", c.email),
            zalo: pair("zalo", c.zalo),
            telegram: pair("telegram", c.telegram),
            row: row_mark(key, c),
            ground: ground(c.ground.unwrap_or(default)),
        }
    }

    /// What the person is found again by: mail first, then Zalo, then Telegram.
    fn identity(&self) -> Option<(&'static str, &[u8])> {
        self.email
            .as_ref()
            .map(|e| ("email_bidx", e.0.as_slice()))
            .or_else(|| self.zalo.as_ref().map(|z| ("zalo_bidx", z.0.as_slice())))
            .or_else(|| self.telegram.as_ref().map(|t| ("telegram_bidx", t.0.as_slice())))
    }
}

/// By what a person of a list is found again, and what tells whether anything about them changed; `None`: no address.
pub(super) fn marks(key: &Key, c: &ContactRef<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let who = [("email", c.email), ("zalo", c.zalo), ("telegram", c.telegram)]
        .into_iter()
        .find_map(|(kind, value)| value.map(|v| key.blind(kind, v)))?;
    Some((who, row_mark(key, c)))
}

fn row_mark(key: &Key, c: &ContactRef<'_>) -> Vec<u8> {
    let parts = [c.name, c.email, c.zalo, c.telegram].map(Option::unwrap_or_default);
    key.blind("row", &parts.join("\u{1}"))
}

#[derive(FromQueryResult)]
struct Known {
    target_id: i64,
    bidx: Vec<u8>,
    row_bidx: Option<Vec<u8>>,
}

/// Stores people set by set; answers their target numbers in the same order (`None`: without any address).
pub(super) async fn upsert(
    tx: &Tx,
    _key: &Key,
    people: &[Person],
    source: &str,
    now: i64,
) -> Result<Vec<Option<i64>>> {
    let mut known = std::collections::HashMap::<(&'static str, Vec<u8>), (i64, Option<Vec<u8>>)>::new();
    for column in ["email_bidx", "zalo_bidx", "telegram_bidx"] {
        let wanted: Vec<serde_json::Value> = people
            .iter()
            .filter_map(Person::identity)
            .filter(|(c, _)| *c == column)
            .map(|(_, b)| serde_json::json!({ "b": hex(b) }))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let rows: Vec<Known> = tx
            .rows(
                &format!(
                    "SELECT c.target_id, c.{column} AS bidx, c.row_bidx FROM {} AS j \
                     JOIN contact c ON c.{column} = j.b WHERE c.erased_at IS NULL",
                    tx.json_rows(1, &[("b", Col::Hex)])
                ),
                params![serde_json::Value::Array(wanted).to_string()],
            )
            .await?;
        known.extend(rows.into_iter().map(|k| ((column, k.bidx), (k.target_id, k.row_bidx))));
    }
    // New people: a surrogate each, all in three statements.
    let mut fresh = std::collections::HashMap::<(&'static str, Vec<u8>), (String, usize)>::new();
    for (i, p) in people.iter().enumerate() {
        if let Some((c, b)) = p.identity()
            && !known.contains_key(&(c, b.to_vec()))
        {
            fresh.entry((c, b.to_vec())).or_insert_with(|| (surrogate(), i));
        }
    }
    if !fresh.is_empty() {
        let refs: Vec<String> = fresh.values().map(|(s, _)| format!("contact/{s}")).collect();
        let refs: Vec<&str> = refs.iter().map(String::as_str).collect();
        let ids = super::workspace::target_ids(tx, "contact", &refs).await?;
        let mut json = Vec::with_capacity(fresh.len());
        for (identity, (s, i)) in &fresh {
            let Some(&id) = ids.get(&format!("contact/{s}")) else { continue };
            let p = &people[*i];
            json.push(row_json(id, s, p));
            known.insert((identity.0, identity.1.clone()), (id, Some(p.row.clone())));
        }
        write(tx, json, source, now).await?;
    }
    // People whose row changed.
    let mut changed = Vec::new();
    let mut out = Vec::with_capacity(people.len());
    for p in people {
        let hit = p.identity().and_then(|(c, b)| known.get(&(c, b.to_vec())));
        out.push(hit.map(|h| h.0));
        if let Some((id, row)) = hit
            && row.as_deref() != Some(p.row.as_slice())
        {
            changed.push(row_json(*id, "", p));
        }
    }
    write(tx, changed, source, now).await?;
    Ok(out)
}

fn row_json(id: i64, surrogate: &str, p: &Person) -> serde_json::Value {
    let h = |v: Option<&Vec<u8>>| v.map(|v| hex(v));
    serde_json::json!({
        "id": id, "s": surrogate, "n": h(p.name.as_ref()),
        "e": h(p.email.as_ref().map(|x| &x.1)), "eb": h(p.email.as_ref().map(|x| &x.0)),
        "z": h(p.zalo.as_ref().map(|x| &x.1)), "zb": h(p.zalo.as_ref().map(|x| &x.0)),
        "t": h(p.telegram.as_ref().map(|x| &x.1)), "tb": h(p.telegram.as_ref().map(|x| &x.0)),
        "r": hex(&p.row), "g": p.ground,
    })
}

async fn write(tx: &Tx, rows: Vec<serde_json::Value>, source: &str, now: i64) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let cols = [
        ("id", Col::Int),
        ("s", Col::Text),
        ("n", Col::Hex),
        ("e", Col::Hex),
        ("eb", Col::Hex),
        ("z", Col::Hex),
        ("zb", Col::Hex),
        ("t", Col::Hex),
        ("tb", Col::Hex),
        ("r", Col::Hex),
        ("g", Col::Text),
    ];
    tx.exec(
        &format!(
            "INSERT INTO contact (target_id, surrogate, name_enc, email_enc, email_bidx, zalo_enc, zalo_bidx, \
                                  telegram_enc, telegram_bidx, row_bidx, ground, source, created_at, updated_at) \
             SELECT id, s, n, e, eb, z, zb, t, tb, r, g, $2, $3, $3 FROM {} AS j WHERE true \
             ON CONFLICT (target_id) DO UPDATE SET name_enc = excluded.name_enc, email_enc = excluded.email_enc, \
               email_bidx = excluded.email_bidx, zalo_enc = excluded.zalo_enc, zalo_bidx = excluded.zalo_bidx, \
               telegram_enc = excluded.telegram_enc, telegram_bidx = excluded.telegram_bidx, \
               row_bidx = excluded.row_bidx, ground = excluded.ground, updated_at = excluded.updated_at",
            tx.json_rows(1, &cols)
        ),
        params![serde_json::Value::Array(rows).to_string(), source, now],
    )
    .await?;
    Ok(())
}

/// Adds people to a list; one who is twice in the file is in it once.
pub(super) async fn join(tx: &Tx, list: &str, ids: &[Option<i64>], now: i64) -> Result<()> {
    let json =
        serde_json::Value::Array(ids.iter().flatten().map(|id| serde_json::json!({ "id": id })).collect())
            .to_string();
    tx.exec(
        &format!(
            "INSERT INTO list_member (list, target_id, added_at) SELECT $2, id, $3 FROM {} AS j WHERE true \
             ON CONFLICT (list, target_id) DO NOTHING",
            tx.json_rows(1, &[("id", Col::Int)])
        ),
        params![json, list, now],
    )
    .await?;
    Ok(())
}

fn surrogate() -> String {
    let mut b = [0u8; 10];
    #[expect(clippy::expect_used, reason = "a machine without random bytes cannot make ids")]
    SystemRandom::new().fill(&mut b).expect("random bytes");
    hex(&b)
}

#[derive(FromQueryResult)]
struct Bidx {
    bidx: Option<Vec<u8>>,
}

#[derive(FromQueryResult)]
struct Name {
    name: String,
}

impl Store {
    /// A person leaves: from one list, or (`list` empty) from everything of that family. True if it is new.
    ///
    /// # Errors
    /// The database's.
    pub async fn opt_out(
        &self,
        target_ref: &str,
        family: &str,
        list: &str,
        actor: &Actor,
        now: i64,
    ) -> Result<Option<bool>> {
        let Some(column) = bidx_column(family) else { return Ok(None) };
        let tx = self.begin().await?;
        let row: Option<Bidx> = tx
            .row(
                &format!(
                    "SELECT c.{column} AS bidx FROM target t JOIN contact c ON c.target_id = t.id WHERE t.ref = $1"
                ),
                params![target_ref],
            )
            .await?;
        let Some(Bidx { bidx: Some(bidx) }) = row else { return Ok(None) };
        let n = tx
            .exec(
                "INSERT INTO suppression (bidx, family, list, reason, actor, at) VALUES ($1,$2,$3,'opted_out',$4,$5) \
                 ON CONFLICT (bidx, family, list) DO NOTHING",
                params![bidx, family, list, actor.name.as_str(), now],
            )
            .await?;
        if n == 1 {
            tx.audit(
                now,
                actor,
                "person.opt_out",
                target_ref,
                serde_json::json!({ "family": family, "list": list }),
            )
            .await?;
        }
        tx.commit().await?;
        Ok(Some(n == 1))
    }

    /// Title of a list, if there is such a list.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_title(&self, list: &str) -> Result<Option<String>> {
        #[derive(FromQueryResult)]
        struct Title {
            title: String,
        }
        let row: Option<Title> = self.row("SELECT title FROM list WHERE id = $1", params![list]).await?;
        Ok(row.map(|r| r.title))
    }

    /// Keeps the name of the office's own unit: it may have no channel, and every paper and report bears its name.
    ///
    /// # Errors
    /// The database's.
    pub async fn office_name_keep(&self, unit: &str, name: &str) -> Result<()> {
        if self.office_name(unit).await?.as_deref() == Some(name) {
            return Ok(());
        }
        let tx = self.begin().await?;
        tx.exec(
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            params![format!("office/{unit}"), name],
        )
        .await?;
        tx.commit().await
    }

    async fn office_name(&self, unit: &str) -> Result<Option<String>> {
        let row: Option<Name> = self
            .row("SELECT value AS name FROM meta WHERE key = $1", params![format!("office/{unit}")])
            .await?;
        Ok(row.map(|r| r.name))
    }

    /// Name of a unit as last applied: the office's own, or one that has a channel.
    ///
    /// # Errors
    /// The database's.
    pub async fn unit_name(&self, unit: &str) -> Result<Option<String>> {
        if let Some(name) = self.office_name(unit).await? {
            return Ok(Some(name));
        }
        let row: Option<Name> = self
            .row(
                "SELECT unit_name AS name FROM channel WHERE unit = $1 \
                 ORDER BY CASE WHEN removed_at IS NULL THEN 0 ELSE 1 END, target_id LIMIT 1",
                params![unit],
            )
            .await?;
        Ok(row.map(|r| r.name))
    }

    /// How many addresses are suppressed, by reason.
    ///
    /// # Errors
    /// The database's.
    pub async fn suppression_count(&self, reason: &str) -> Result<i64> {
        self.int("SELECT count(*) FROM suppression WHERE reason = $1", params![reason]).await
    }
}
