//! The sums of a period, for reports: out of the tallies, and out of what an archive leaves behind; rows are read where they go to
//! channels, which are few.

use std::collections::{BTreeMap, HashMap};

use sea_orm::FromQueryResult;

use super::reach::ReachRow;
use super::{Result, Store, Tx, params};

/// Deliveries of a period, by post, family, unit and state.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PeriodFacts {
    /// Post.
    pub origin: String,
    /// Title.
    pub title: String,
    /// Family.
    pub family: String,
    /// Kind of transport.
    pub kind: String,
    /// Unit (`""` for contacts).
    pub unit: String,
    /// The unit's name.
    pub unit_name: String,
    /// State's number.
    pub state: i16,
    /// What happened later.
    pub afterwards: Option<String>,
    /// How many rows.
    pub n: i64,
    /// Airings the plan wants in them.
    pub times: i64,
    /// Airings asked for: fewer where a week had no room.
    pub asked: i64,
    /// Airings declared.
    pub declared: i64,
    /// Airings missing in what was declared, row by row.
    pub not_aired: i64,
    /// Airings declared beyond what was asked for, row by row.
    pub extra: i64,
}

impl PeriodFacts {
    /// Its state.
    pub fn state(&self) -> Option<crate::domain::delivery::State> {
        super::state_of(self.state).ok()
    }
}

/// Rows of one occurrence that are counted together.
#[derive(Clone, Debug, FromQueryResult)]
struct Part {
    occurrence_id: i64,
    origin: String,
    title: String,
    family: String,
    kind: String,
    unit: String,
    unit_name: String,
    state: i16,
    afterwards: Option<String>,
    n: i64,
    times: i64,
    asked: i64,
    declared: i64,
    not_aired: i64,
    extra: i64,
    /// The last instant at which one of them was settled.
    at: Option<i64>,
}

/// True for a row `d` of occurrence `o` in the period from `$1` until `$2`: by its nominal time; a station's week by its last day,
/// so that no airing is counted before the figures of its period are closed.
const IN_PERIOD: &str = "((d.family <> 'station' AND o.planned_for >= $1 AND o.planned_for < $2) \
     OR (d.family = 'station' AND d.expires_at > $1 AND d.expires_at <= $2)) AND o.origin NOT LIKE 'system/%'";

/// SQL: the rows `d` to channels `ch`, one by one, with what stations were asked for and declared.
pub(super) fn channel_rows(condition: &str, by_index: &str) -> String {
    format!(
        "SELECT occurrence_id, target_id, origin, title, family, kind, unit, unit_name, state, afterwards, expires_at, times, asked, \
                CASE WHEN sessions IS NOT NULL THEN sessions ELSE 0 END AS declared, \
                CASE WHEN sessions IS NOT NULL AND sessions < asked THEN asked - sessions ELSE 0 END AS not_aired, \
                CASE WHEN sessions IS NOT NULL AND sessions > asked THEN sessions - asked ELSE 0 END AS extra, settled_at \
         FROM (SELECT d.occurrence_id, d.target_id, o.origin, r.title, d.family, d.kind, ch.unit, ch.unit_name, d.state, d.afterwards, \
                      d.expires_at, d.settled_at, o.times, \
                      COALESCE(sr.times, CASE WHEN d.state = 5 AND d.held_by IN {no_room} THEN 0 ELSE o.times END) AS asked, \
                      CASE WHEN d.family = 'station' AND d.state = 4 AND d.afterwards IN ('aired', 'skipped') THEN \
                        (SELECT a.sessions FROM airing a WHERE a.delivery_id = d.id AND a.planned_for = d.planned_for \
                           ORDER BY a.id DESC LIMIT 1) END AS sessions \
               FROM channel ch CROSS JOIN {by_index} CROSS JOIN occurrence o CROSS JOIN revision r \
               LEFT JOIN sheet_row sr ON sr.delivery_id = d.id AND sr.planned_for = d.planned_for \
               WHERE d.target_id = ch.target_id AND o.id = d.occurrence_id AND r.id = o.revision_id AND {condition}) AS x",
        no_room = super::sheets::NO_ROOM_SQL
    )
}

impl Store {
    /// Everything of a period, by occurrence.
    async fn period_parts(&self, from: i64, until: i64) -> Result<Vec<Part>> {
        let tx = self.snapshot().await?;
        // Airings are declared about rows that are on a sheet; the last word counts.
        let rows = channel_rows(
            &format!("o.archived_at IS NULL AND {IN_PERIOD}"),
            &self.by_index("delivery_target"),
        );
        let mut out: Vec<Part> = tx
            .rows(
                &format!(
                    "SELECT occurrence_id, origin, title, family, kind, unit, unit_name, state, afterwards, count(*) AS n, \
                            CAST(sum(times) AS bigint) AS times, CAST(sum(asked) AS bigint) AS asked, \
                            CAST(sum(declared) AS bigint) AS declared, CAST(sum(not_aired) AS bigint) AS not_aired, \
                            CAST(sum(extra) AS bigint) AS extra, max(settled_at) AS at FROM ({rows}) AS y \
                     GROUP BY occurrence_id, origin, title, family, kind, unit, unit_name, state, afterwards"
                ),
                params![from, until],
            )
            .await?;
        let people = self.period_people(&tx, &out, from, until).await?;
        out.extend(people);
        let archived: Vec<Part> = tx
            .rows(
                &format!(
                    "SELECT d.occurrence_id, o.origin, r.title, d.family, d.kind, COALESCE(ch.unit, '') AS unit, \
                            COALESCE(ch.unit_name, '') AS unit_name, d.state, d.afterwards, d.n, d.n * o.times AS times, \
                            d.asked, d.declared, d.not_aired, d.extra, d.at \
                     FROM archived d JOIN occurrence o ON o.id = d.occurrence_id JOIN revision r ON r.id = o.revision_id \
                     LEFT JOIN channel ch ON ch.target_id = d.target_id WHERE {IN_PERIOD}"
                ),
                params![from, until],
            )
            .await?;
        out.extend(archived);
        Ok(out)
    }

    /// The people of a period: what the tallies say, without the rows to channels.
    async fn period_people(&self, tx: &Tx, channels: &[Part], from: i64, until: i64) -> Result<Vec<Part>> {
        #[derive(FromQueryResult)]
        struct Pair {
            occurrence_id: i64,
            origin: String,
            title: String,
            state: i16,
            n: i64,
            times: i64,
            first_kind: Option<String>,
            last_kind: Option<String>,
            at: Option<i64>,
        }
        let mut to_channels: HashMap<(i64, i16), i64> = HashMap::new();
        for c in channels {
            *to_channels.entry((c.occurrence_id, c.state)).or_default() += c.n;
        }
        let end = |what: &str, order: &str| {
            format!(
                "(SELECT {what} FROM {d} WHERE d.occurrence_id = t.occurrence_id AND d.planned_for = o.planned_for AND d.state = t.state \
                  ORDER BY d.updated_at {order}, d.id {order} LIMIT 1)",
                d = self.by_index("delivery_occurrence")
            )
        };
        let carrier = "d.family || ' ' || d.kind";
        let pairs: Vec<Pair> = tx
            .rows(
                &format!(
                    "SELECT t.occurrence_id, o.origin, r.title, t.state, t.n, o.times, {first} AS first_kind, {last} AS last_kind, \
                            {at} AS at \
                     FROM occurrence o JOIN tally t ON t.occurrence_id = o.id JOIN revision r ON r.id = o.revision_id \
                     WHERE o.planned_for >= $1 AND o.planned_for < $2 AND o.family <> 'station' AND o.archived_at IS NULL \
                       AND o.origin NOT LIKE 'system/%' AND t.n > 0",
                    first = end(carrier, ""),
                    last = end(carrier, "DESC"),
                    at = end("d.settled_at", "DESC")
                ),
                params![from, until],
            )
            .await?;
        let mut beside: HashMap<(i64, i16), Vec<Kinds>> = HashMap::new();
        for k in self.period_beside(tx, from, until).await? {
            beside.entry((k.occurrence_id, k.state)).or_default().push(k);
        }
        let mut out = Vec::new();
        for pair in pairs {
            let key = (pair.occurrence_id, pair.state);
            let channels = to_channels.get(&key).copied().unwrap_or(0);
            if pair.n == channels {
                continue;
            }
            // All of one kind, as nearly always: the tally knows how many. Else they are counted.
            let same = pair.first_kind.is_some() && pair.first_kind == pair.last_kind && channels == 0;
            let kinds = match pair.first_kind.as_deref().and_then(|k| k.split_once(' ')).filter(|_| same) {
                Some((family, kind)) => {
                    let mut kinds = beside.remove(&key).unwrap_or_default();
                    let plain = pair.n - kinds.iter().map(|k| k.n).sum::<i64>();
                    kinds.push(Kinds {
                        occurrence_id: key.0,
                        state: key.1,
                        family: family.to_owned(),
                        kind: kind.to_owned(),
                        afterwards: None,
                        n: plain,
                    });
                    kinds
                }
                None => people_counted(tx, key.0, key.1).await?,
            };
            out.extend(kinds.into_iter().filter(|k| k.n > 0).map(|k| Part {
                occurrence_id: key.0,
                origin: pair.origin.clone(),
                title: pair.title.clone(),
                family: k.family,
                kind: k.kind,
                unit: String::new(),
                unit_name: String::new(),
                state: key.1,
                afterwards: k.afterwards,
                n: k.n,
                times: pair.times * k.n,
                asked: pair.times * k.n,
                declared: 0,
                not_aired: 0,
                extra: 0,
                at: pair.at,
            }));
        }
        Ok(out)
    }

    /// People beside whose rows something stands.
    async fn period_beside(&self, tx: &Tx, from: i64, until: i64) -> Result<Vec<Kinds>> {
        tx.rows(
            &format!(
                "SELECT d.occurrence_id, d.state, d.family, d.kind, d.afterwards, count(*) AS n \
                 FROM {d} CROSS JOIN occurrence o WHERE d.afterwards IS NOT NULL AND o.id = d.occurrence_id \
                   AND o.planned_for >= $1 AND o.planned_for < $2 AND o.archived_at IS NULL \
                   AND NOT EXISTS (SELECT 1 FROM channel ch WHERE ch.target_id = d.target_id) \
                 GROUP BY d.occurrence_id, d.state, d.family, d.kind, d.afterwards",
                d = self.by_index("delivery_later")
            ),
            params![from, until],
        )
        .await
    }

    /// What the ledger itself measures: rows that were accepted, by post, family and unit. Not stored per row.
    ///
    /// # Errors
    /// The database's.
    pub async fn reach_accepted(&self, from: i64, until: i64, origin: Option<&str>) -> Result<Vec<ReachRow>> {
        let of = |o: &str| match origin {
            None | Some("") => true,
            Some(wanted) => o == wanted || o.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/')),
        };
        let mut sums: BTreeMap<(String, String, String), ReachRow> = BTreeMap::new();
        for p in self.period_parts(from, until).await? {
            if p.state != super::code(crate::domain::delivery::State::Sent) || !of(&p.origin) {
                continue;
            }
            let sum = sums.entry((p.origin.clone(), p.family.clone(), p.unit.clone())).or_insert_with(|| {
                ReachRow {
                    origin: p.origin,
                    title: p.title,
                    family: p.family,
                    unit: p.unit,
                    metric: "accepted".into(),
                    value: 0,
                    grade: "measured".into(),
                    source: "loa".into(),
                    at: 0,
                }
            });
            sum.value += p.n;
            sum.at = sum.at.max(p.at.unwrap_or(0));
        }
        Ok(sums.into_values().collect())
    }

    /// Deliveries of a period, counted; airings row by row, so that one that aired more makes up for no other.
    ///
    /// # Errors
    /// The database's.
    pub async fn period_facts(&self, from: i64, until: i64) -> Result<Vec<PeriodFacts>> {
        let mut sums: BTreeMap<_, PeriodFacts> = BTreeMap::new();
        for p in self.period_parts(from, until).await? {
            let key = (
                (p.origin.clone(), p.family.clone(), p.title.clone(), p.kind.clone()),
                (p.unit.clone(), p.unit_name.clone(), p.state, p.afterwards.clone()),
            );
            let sum = sums.entry(key).or_insert_with(|| PeriodFacts {
                origin: p.origin,
                title: p.title,
                family: p.family,
                kind: p.kind,
                unit: p.unit,
                unit_name: p.unit_name,
                state: p.state,
                afterwards: p.afterwards,
                n: 0,
                times: 0,
                asked: 0,
                declared: 0,
                not_aired: 0,
                extra: 0,
            });
            sum.n += p.n;
            sum.times += p.times;
            sum.asked += p.asked;
            sum.declared += p.declared;
            sum.not_aired += p.not_aired;
            sum.extra += p.extra;
        }
        Ok(sums.into_values().collect())
    }
}

/// People of an occurrence in a state, by what carried them and what stands beside.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Kinds {
    occurrence_id: i64,
    state: i16,
    pub(super) family: String,
    pub(super) kind: String,
    pub(super) afterwards: Option<String>,
    pub(super) n: i64,
}

/// People of an occurrence in a state, counted row by row.
pub(super) async fn people_counted(tx: &Tx, occurrence: i64, state: i16) -> Result<Vec<Kinds>> {
    tx.rows(
        "SELECT d.occurrence_id, d.state, d.family, d.kind, d.afterwards, count(*) AS n FROM delivery d \
         WHERE d.occurrence_id = $1 AND d.planned_for = (SELECT o.planned_for FROM occurrence o WHERE o.id = $1) AND d.state = $2 \
           AND NOT EXISTS (SELECT 1 FROM channel ch WHERE ch.target_id = d.target_id) \
         GROUP BY d.occurrence_id, d.state, d.family, d.kind, d.afterwards",
        params![occurrence, state],
    )
    .await
}
