//! Every effective setting in a row, for `loa check --settings`; never a secret.

use super::{AutoApply, OnUnknown, Settings};
use crate::domain::period::Scheme;
use crate::domain::text::{Lang, time};

/// One effective value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Dotted key as in `loa.yaml`.
    pub key: String,
    /// Its value as it would be written.
    pub value: String,
    /// `loa.yaml`, the name of a variable, or `None` for a default.
    pub origin: Option<String>,
}

impl Settings {
    /// Every effective value, in the order of the file.
    pub fn settings_table(&self) -> Vec<Setting> {
        let mut rows: Vec<(String, String)> = vec![];
        let mut put = |k: &str, v: String| rows.push((k.to_owned(), v));
        let opt = |o: &Option<String>| o.clone().unwrap_or_else(|| "–".into());
        put("organisation", self.organisation.to_string());
        put("time_zone", self.time_zone.name().to_owned());
        put(
            "language",
            match self.language {
                Lang::Vi => "vi",
                Lang::En => "en",
            }
            .into(),
        );
        put("public_url", opt(&self.public_url));
        put("document_code", opt(&self.document_code));
        put("database", without_password(&self.database));
        put("listen", self.listen.to_string());
        put("public_listen", self.public_listen.map_or_else(|| "–".into(), |l| l.to_string()));
        for (class, steps) in &self.approval {
            put(&format!("approval.{}", class.as_str()), steps.join(", "));
        }
        put("approval.remind_before", opt(&self.remind_before));
        put("approval.approved_growth", format!("{}%", self.approved_growth * 100.0));
        for s in &self.substitutes {
            let dates =
                format!("{} – {}", crate::domain::text::date(s.from), crate::domain::text::date(s.until));
            put("approval.substitutes", format!("{}: {} ({dates})", s.for_step, s.person));
        }
        let day =
            |d: Option<chrono::NaiveDate>| d.map_or_else(|| "…".into(), |d| d.format("%d/%m/%Y").to_string());
        let names: Vec<String> = self
            .alerts
            .on_duty
            .iter()
            .map(|d| match (d.from, d.until) {
                (None, None) => d.person.to_string(),
                (from, until) => format!("{} ({} – {})", d.person, day(from), day(until)),
            })
            .collect();
        put("alerts.on_duty", names.join(", "));
        put("alerts.by", self.alerts.by.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(", "));
        put("alerts.digest", self.alerts.digest.map_or_else(|| "–".into(), time));
        put("alerts.at_once", self.alerts.at_once.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(", "));
        put("alerts.backup_max_age", span(self.alerts.backup_max_age));
        put("alerts.heartbeat", opt(&self.alerts.heartbeat));
        put("alerts.heartbeat_every", format!("{} seconds", self.alerts.heartbeat_every));
        let hosts = if self.kit_hosts.is_empty() { "–".to_owned() } else { self.kit_hosts.join(", ") };
        put("kit.allow_private", hosts);
        for a in self.accounts.values() {
            let burst = |b: Option<u32>| b.map(|b| format!(" burst {b}")).unwrap_or_default();
            let limits: Vec<String> =
                a.limits.iter().map(|r| format!("{}/{} s{}", r.count, r.seconds, burst(r.burst))).collect();
            let unknown = match a.on_unknown {
                OnUnknown::Ask => "ask",
                OnUnknown::Resend => "resend",
            };
            let carrier = a.carrier.as_ref().map(|c| format!(", carrier {c}")).unwrap_or_default();
            let limit =
                if limits.is_empty() { String::new() } else { format!(", limit {}", limits.join(" + ")) };
            put(&format!("accounts.{}", a.id), format!("{}{limit}, on_unknown {unknown}{carrier}", a.kind));
        }
        for (role, id) in &self.default_accounts {
            put(&format!("default_accounts.{role}"), id.to_string());
        }
        put(
            "quiet_hours.people",
            self.quiet_people.map_or_else(|| "–".into(), |(a, b)| format!("{} - {}", time(a), time(b))),
        );
        for (f, s) in &self.late_ok {
            put(&format!("late_ok.{}", f.as_str()), span(*s));
        }
        put("fact_max_age", format!("{} days", self.fact_max_age_days));
        let auto = match self.auto_apply {
            AutoApply::Additions => "additions",
            AutoApply::All => "all",
            AutoApply::Off => "off",
        };
        put("auto_apply", auto.into());
        put("horizon", format!("{} days", self.horizon_days));
        put("drain", format!("{} seconds", self.drain_seconds));
        put("duty_phone", opt(&self.duty_phone));
        put("speech.syllables_per_minute", self.speech.syllables_per_minute.to_string());
        put("speech.sentence_pause_ms", self.speech.sentence_pause_ms.to_string());
        put("speech.command", self.speech.command.join(" "));
        put("speech.mp3_command", self.speech.mp3_command.join(" "));
        put("speech.time_limit", format!("{} seconds", self.speech.time_limit));
        put(
            "reports.periods",
            match self.periods {
                Scheme::Nd09 => "nd09",
                Scheme::Calendar => "calendar",
            }
            .into(),
        );
        put("reports.addressed_to", opt(&self.addressed_to));
        put("reports.close_questions_after", format!("{} days", self.close_questions_after_days));
        rows.into_iter()
            .map(|(key, value)| Setting { origin: self.origins.get(&key).cloned(), key, value })
            .collect()
    }
}

fn span(seconds: i64) -> String {
    match seconds {
        s if s % 86_400 == 0 => format!("{} days", s / 86_400),
        s if s % 3600 == 0 => format!("{} hours", s / 3600),
        s => format!("{s} seconds"),
    }
}

/// `postgres://user:***@host/db`.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((who, host)) => format!("{scheme}://{}:***@{host}", who.split(':').next().unwrap_or_default()),
        None => url.to_owned(),
    }
}
