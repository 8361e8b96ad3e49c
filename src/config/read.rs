//! `loa.yaml` and its secret files to [`Settings`], every fault at once.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::shape::{KIND_KEYS, LOA};
use super::{Account, AutoApply, Duty, OnUnknown, SecretFile, Settings, Substitute};
use crate::domain::alert::Cause;
use crate::domain::campaign::Class;
use crate::domain::id::{AccountId, PersonId, UnitId};
use crate::domain::period::Scheme;
use crate::domain::rate;
use crate::domain::text::Lang;
use crate::domain::unit::Family;
use crate::domain::words;
use crate::yaml::shape::Check;
use crate::yaml::tree::{KeyText, Style};
use crate::yaml::{Fault, Kind, Node, Say, Severity, Source, closest, parse_bytes};

const FILE: &str = "loa.yaml";
/// Largest secret file, in bytes.
const SECRET_MAX: u64 = 64 * 1024;
/// Keys that hold a secret and may only be written as `…_file`.
const SECRETS: [&str; 8] = [
    "password",
    "token",
    "secret",
    "secret_key",
    "refresh_token",
    "access_token",
    "api_key",
    "webhook_secret",
];
/// Keys that are no secret and may be read from a file all the same: certificates to trust.
const FROM_FILES: [&str; 1] = ["ca"];

/// Reads `loa.yaml` below `root`. `env` overrides the database and the listeners. `kinds` are the names of the known
/// transports. Secret files are opened only if `secrets`; then a missing one is an error.
///
/// Settings are returned only if no fault is an error.
pub fn load(
    root: &Path,
    env: &BTreeMap<String, String>,
    secrets: bool,
    kinds: &[&str],
) -> (Option<Settings>, Vec<Fault>) {
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf());
    let bytes = match std::fs::read(root.join(FILE)) {
        Ok(b) => b,
        Err(e) => {
            let fault = Fault::file(
                "C001",
                Severity::Error,
                FILE,
                format!("không đọc được loa.yaml: {e}"),
                format!("loa.yaml cannot be read: {e}"),
            )
            .fix(
                "Kiểm tra đang đứng đúng thư mục làm việc; tạo thư mục mới bằng   loa init TEN-THU-MUC",
                "Check the folder you are in; make a new workspace with   loa init FOLDER",
            )
            .meanwhile("Trong lúc chờ: chưa lệnh nào chạy được ở đây.", "Meanwhile no command runs here.");
            return (None, vec![fault]);
        }
    };
    let mut parsed = parse_bytes(FILE, &bytes);
    let mut faults = std::mem::take(&mut parsed.faults);
    let Some(mut tree) = parsed.root else {
        if faults.is_empty() {
            faults.push(Fault::file(
                "T008",
                Severity::Error,
                FILE,
                "tệp loa.yaml còn trống",
                "loa.yaml is empty",
            )
            .fix(
                "Lấy lại tệp từ bản lưu, hoặc chép loa.yaml của một nơi làm việc mới:   loa init thu-muc-tam",
                "Restore it from a backup, or copy that of a new workspace:   loa init some-folder",
            ));
        }
        for f in &mut faults {
            mask(f);
            f.meanwhile.get_or_insert_with(|| meanwhile(f.severity));
        }
        return (None, faults);
    };
    Check::new(&parsed.source, &mut faults, false).file(&mut tree, &LOA);
    let mut reader = Reader {
        root: &root,
        source: &parsed.source,
        faults,
        secrets,
        kinds,
        settings: Settings::defaults(&root),
    };
    reader.all(&tree);
    reader.environment(env);
    let Reader { mut faults, settings, .. } = reader;
    for f in &mut faults {
        mask(f);
        if f.meanwhile.is_none() {
            f.meanwhile = Some(meanwhile(f.severity));
        }
    }
    faults.sort_by_key(|f| (f.line, f.column));
    let broken = faults.iter().any(|f| f.severity == Severity::Error);
    (if broken { None } else { Some(settings) }, faults)
}

/// What happens until a fault of `loa.yaml` is mended.
fn meanwhile(severity: Severity) -> Say {
    match severity {
        Severity::Error => Say::new(
            "Trong lúc chờ: chưa lệnh nào chạy được với tệp này; Loa đang chạy (nếu có) giữ cài đặt cũ.",
            "Meanwhile no command runs with this file; a Loa that is running keeps its old settings.",
        ),
        Severity::Held | Severity::Warning | Severity::Note => Say::new(
            "Trong lúc chờ: không có gì bị dừng vì chỗ này.",
            "Meanwhile nothing is stopped by this.",
        ),
    }
}

/// The secret in a file; the line end that editors add is dropped.
pub(super) fn secret(path: &Path) -> std::io::Result<String> {
    if std::fs::metadata(path)?.len() > SECRET_MAX {
        return Err(std::io::Error::other("quá dài (too long)"));
    }
    let text = std::fs::read_to_string(path)?;
    Ok(text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']).to_owned())
}

/// A line that holds a secret is not repeated in a message.
fn mask(fault: &mut Fault) {
    if let Some(line) = fault.source.clone()
        && let Some((key, value)) = line.split_once(':')
        && SECRETS.contains(&key.trim().trim_start_matches("- "))
        && !value.trim().is_empty()
    {
        fault.source = Some(format!("{key}: ***"));
        fault.column = fault.column.min(key.chars().count() + 3);
        fault.width = 3;
    }
}

struct Reader<'a> {
    root: &'a Path,
    source: &'a Source,
    faults: Vec<Fault>,
    secrets: bool,
    kinds: &'a [&'a str],
    settings: Settings,
}

impl Reader<'_> {
    fn all(&mut self, t: &Node) {
        self.remember(t, "");
        let s = &mut self.settings;
        if let Some(id) = t.str("organisation") {
            s.organisation = UnitId::new(id);
        }
        if let Some(z) = t.str("time_zone").and_then(|z| z.parse().ok()) {
            s.time_zone = z;
        }
        if t.str("language") == Some("en") {
            s.language = Lang::En;
        }
        s.public_url = t.str("public_url").map(|u| u.trim_end_matches('/').to_owned());
        s.document_code = t.str("document_code").map(str::to_owned);
        if let Some(d) = t.str("database") {
            s.database = d.to_owned();
        }
        if let Some(l) = t.str("listen").and_then(|l| l.parse().ok()) {
            s.listen = l;
        }
        s.public_listen = t.str("public_listen").and_then(|l| l.parse().ok());
        let days = |key: &str| t.str(key).and_then(|d| words::parse_duration(d).ok()).map(|d| d / 86_400);
        s.fact_max_age_days = days("fact_max_age").unwrap_or(s.fact_max_age_days);
        s.horizon_days = days("horizon").unwrap_or(s.horizon_days).clamp(1, 366);
        if let Some(d) = t.str("drain").and_then(|d| words::parse_duration(d).ok()) {
            s.drain_seconds = u64::try_from(d).unwrap_or(0);
        }
        s.auto_apply = match t.str("auto_apply") {
            Some("all") => AutoApply::All,
            Some("off") => AutoApply::Off,
            _ => AutoApply::Additions,
        };
        s.duty_phone = t.str("duty_phone").map(str::to_owned);
        if let Some(r) = t.get("reports") {
            if r.str("periods") == Some("calendar") {
                s.periods = Scheme::Calendar;
            }
            s.addressed_to = r.str("addressed_to").map(str::to_owned);
            if let Some(d) = r.str("close_questions_after").and_then(|d| words::parse_duration(d).ok()) {
                s.close_questions_after_days = (d / 86_400).max(1);
            }
        }
        if let Some(q) = t.get("quiet_hours").and_then(|q| q.str("people")) {
            s.quiet_people = words::parse_time_range(q).ok();
        }
        for (k, v) in t.get("late_ok").map_or(&[][..], Node::entries) {
            if let (Some(f), Some(d)) =
                (Family::parse(&k.name), v.text().and_then(|d| words::parse_duration(d).ok()))
            {
                s.late_ok.insert(f, d);
            }
        }
        if let Some(n) = t.get("speech") {
            s.speech.read(n);
        }
        if let Some(k) = t.get("kit") {
            self.settings.kit_hosts =
                k.list("allow_private").iter().filter_map(Node::text).map(str::to_owned).collect();
        }
        self.alerts(t);
        self.approval(t);
        for (k, v) in t.get("accounts").map_or(&[][..], Node::entries) {
            self.account(k, v);
        }
        self.references(t);
    }

    /// Notes which keys the file decides.
    fn remember(&mut self, node: &Node, prefix: &str) {
        for (k, v) in node.entries() {
            let path = if prefix.is_empty() { k.name.clone() } else { format!("{prefix}.{}", k.name) };
            if prefix != "accounts" && !v.entries().is_empty() {
                self.remember(v, &path);
            }
            self.settings.origins.insert(path, FILE.into());
        }
    }

    fn alerts(&mut self, t: &Node) {
        let Some(a) = t.get("alerts") else { return };
        for n in a.list("on_duty") {
            let date = |k: &str| n.str(k).and_then(|d| words::parse_date(d).ok());
            let duty = match n.text() {
                Some(id) => Duty { person: PersonId::new(id), from: None, until: None },
                None => match n.str("person") {
                    Some(id) => Duty { person: PersonId::new(id), from: date("from"), until: date("until") },
                    None => continue,
                },
            };
            if duty.from.zip(duty.until).is_some_and(|(f, u)| u < f) {
                self.backwards(n);
                continue;
            }
            self.settings.alerts.on_duty.push(duty);
        }
        let alerts = &mut self.settings.alerts;
        let by: Vec<Family> = a.list("by").iter().filter_map(Node::text).filter_map(Family::parse).collect();
        if !by.is_empty() {
            alerts.by = by;
        }
        alerts.digest = a.str("digest").and_then(|d| words::parse_time(d).ok());
        if a.get("at_once").is_some() {
            alerts.at_once =
                a.list("at_once").iter().filter_map(Node::text).filter_map(Cause::parse).collect();
        }
        let span = |k: &str| a.str(k).and_then(|d| words::parse_duration(d).ok());
        alerts.backup_max_age = span("backup_max_age").unwrap_or(alerts.backup_max_age);
        alerts.heartbeat = a.str("heartbeat").map(str::to_owned);
        if let Some(every) = span("heartbeat_every").and_then(|s| u64::try_from(s).ok()) {
            alerts.heartbeat_every = every.max(1);
        }
    }

    /// D003: `until` before `from`.
    fn backwards(&mut self, node: &Node) {
        let span = node.get("until").map_or(node.span, |n| n.span);
        self.faults.push(
            self.source
                .error("D003", span, "ngày kết thúc trước ngày bắt đầu", "the end comes before the beginning")
                .fix("Xem lại hai dòng from và until.", "Look at from and until."),
        );
    }

    fn approval(&mut self, t: &Node) {
        let Some(a) = t.get("approval") else { return };
        for class in [Class::Policy, Class::Internal, Class::Urgent, Class::Advertising] {
            let steps: Vec<String> =
                a.list(class.as_str()).iter().filter_map(Node::text).map(str::to_owned).collect();
            if !steps.is_empty() {
                self.settings.approval.insert(class, steps);
            }
        }
        self.settings.remind_before = a.str("remind_before").map(str::to_owned);
        if let Some(g) = a.str("approved_growth").and_then(|g| words::parse_percent(g).ok()) {
            self.settings.approved_growth = g / 100.0;
        }
        for s in a.list("substitutes") {
            let date = |k: &str| s.str(k).and_then(|d| words::parse_date(d).ok());
            if let (Some(f), Some(p), Some(from), Some(until)) =
                (s.str("for"), s.str("person"), date("from"), date("until"))
            {
                if until < from {
                    self.backwards(s);
                    continue;
                }
                self.settings.substitutes.push(Substitute {
                    for_step: f.to_owned(),
                    person: PersonId::new(p),
                    from,
                    until,
                    document: s.str("document").map(str::to_owned),
                });
            }
        }
    }

    fn account(&mut self, id: &KeyText, node: &Node) {
        let Some(kind) = node.str("kind") else { return };
        if !self.kinds.is_empty() && !self.kinds.contains(&kind) {
            let span = node.get("kind").map_or(node.span, |n| n.span);
            let mut f = self
                .source
                .error(
                    "C002",
                    span,
                    format!("không có loại tài khoản “{kind}”"),
                    format!("there is no kind of account “{kind}”"),
                )
                .fix(
                    format!("Các loại dùng được: {}.", self.kinds.join(", ")),
                    format!("Known kinds: {}.", self.kinds.join(", ")),
                );
            if let Some(near) = closest(kind, self.kinds.iter().copied()) {
                f = f.maybe(near, None);
            }
            self.faults.push(f);
        }
        let limits = node
            .list("limit")
            .iter()
            .filter_map(Node::text)
            .filter_map(|r| rate::parse_limit(r).ok())
            .collect();
        let number = |k: &str| node.str(k).and_then(|n| n.trim().parse::<u32>().ok());
        let mut settings = Map::new();
        let mut secrets = vec![];
        for (k, v) in node.entries() {
            if ["kind", "limit", "on_unknown", "attempts", "connections", "window", "carrier"]
                .contains(&k.name.as_str())
            {
                continue;
            }
            if let (Some(key), Some(file)) = (k.name.strip_suffix("_file"), v.text())
                && SECRETS.contains(&key)
            {
                secrets.push(SecretFile { key: key.to_owned(), file: file.to_owned() });
            }
            self.own_key(id, k, v, &mut settings);
        }
        let account = Account {
            id: AccountId::new(&id.name),
            kind: kind.to_owned(),
            limits,
            on_unknown: if node.str("on_unknown") == Some("resend") {
                OnUnknown::Resend
            } else {
                OnUnknown::Ask
            },
            attempts: number("attempts"),
            connections: number("connections").and_then(|n| usize::try_from(n).ok()),
            window: number("window").and_then(|n| usize::try_from(n).ok()),
            carrier: node.str("carrier").map(AccountId::new),
            settings: Value::Object(settings),
            secrets,
        };
        self.settings.accounts.insert(account.id.clone(), account);
    }

    /// A key that belongs to the kind.
    fn own_key(&mut self, account: &KeyText, k: &KeyText, v: &Node, settings: &mut Map<String, Value>) {
        if SECRETS.contains(&k.name.as_str()) {
            self.faults.push(
                self.source
                    .error(
                        "C003",
                        v.span,
                        "không ghi mật khẩu, mã truy cập vào loa.yaml",
                        "secrets do not belong into loa.yaml",
                    )
                    .why(
                        "Tệp này được chép, gửi và lưu trong git; ai đọc được nó thì gửi được thay cơ quan.",
                        "This file is copied, sent and kept in git.",
                    )
                    .fix(
                        format!(
                            "Lưu vào một tệp trong bi-mat/ rồi viết   {}_file: bi-mat/{}.txt",
                            k.name, account.name
                        ),
                        format!(
                            "Put it into a file and write   {}_file: bi-mat/{}.txt",
                            k.name, account.name
                        ),
                    ),
            );
            return;
        }
        if !KIND_KEYS.contains(&k.name.as_str())
            && let Some(near) = closest(&k.name, KIND_KEYS.iter().copied())
            && strsim::damerau_levenshtein(&k.name, near) <= 2
        {
            self.faults.push(
                self.source
                    .error(
                        "K001",
                        k.span,
                        format!("tài khoản không có khóa “{}”", k.written),
                        format!("an account has no key “{}”", k.written),
                    )
                    .maybe(near, None),
            );
            return;
        }
        match k.name.strip_suffix("_file").filter(|n| SECRETS.contains(n) || FROM_FILES.contains(n)) {
            Some(name) => {
                if let Some(path) = v.text()
                    && self.secrets
                    && let Some(secret) = self.secret(account, path, v)
                {
                    settings.insert(name.to_owned(), Value::String(secret));
                }
            }
            None => {
                settings.insert(k.name.clone(), to_json(v));
            }
        }
    }

    /// Reads a secret file.
    fn secret(&mut self, account: &KeyText, path: &str, v: &Node) -> Option<String> {
        let full = self.root.join(path);
        let (meta, secret) = match secret(&full).and_then(|s| Ok((std::fs::metadata(&full)?, s))) {
            Ok(x) => x,
            Err(e) => {
                let missing = e.kind() == std::io::ErrorKind::NotFound;
                let (vi, en) = if missing {
                    (
                        format!("không có tệp {path} của tài khoản {}", account.name),
                        format!("the file {path} of the account {} is missing", account.name),
                    )
                } else {
                    (
                        format!("không đọc được {path} của tài khoản {}: {e}", account.name),
                        format!("{path} of the account {} cannot be read: {e}", account.name),
                    )
                };
                self.faults.push(
                    self.source
                        .error("C004", v.span, vi, en)
                        .fix(
                            format!(
                                "Tạo tệp {path}, dán mật khẩu hoặc mã truy cập vào một dòng, rồi chạy lại."
                            ),
                            format!("Create {path} with the secret on one line."),
                        )
                        .meanwhile(
                            format!("Trong lúc chờ: tài khoản {} chưa gửi được gì.", account.name),
                            format!("Meanwhile the account {} cannot send.", account.name),
                        )
                        .as_severity(Severity::Warning),
                );
                return None;
            }
        };
        if secret.is_empty() {
            self.faults.push(
                self.source
                    .error("C004", v.span, format!("tệp {path} còn trống"), format!("{path} is empty"))
                    .fix(
                        format!("Dán mật khẩu hoặc mã truy cập vào một dòng của {path}."),
                        format!("Put the secret on one line of {path}."),
                    )
                    .meanwhile(
                        format!("Trong lúc chờ: tài khoản {} chưa gửi được gì.", account.name),
                        format!("Meanwhile the account {} cannot send.", account.name),
                    )
                    .as_severity(Severity::Warning),
            );
            return None;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            if meta.permissions().mode() & 0o004 != 0 {
                self.faults.push(
                    self.source
                        .error(
                            "C005",
                            v.span,
                            format!("ai dùng chung máy cũng đọc được {path}"),
                            format!("everybody on this machine can read {path}"),
                        )
                        .as_severity(Severity::Warning)
                        .fix(format!("Gõ: chmod 600 {path}"), format!("Type: chmod 600 {path}")),
                );
            }
        }
        #[cfg(not(unix))]
        let _ = meta;
        Some(secret)
    }

    /// Accounts that other keys name.
    fn references(&mut self, t: &Node) {
        let known: Vec<String> =
            t.get("accounts").map_or(&[][..], Node::entries).iter().map(|(k, _)| k.name.clone()).collect();
        let mut named: Vec<(&Node, Option<String>)> = vec![];
        for (_, a) in t.get("accounts").map_or(&[][..], Node::entries) {
            if let Some(c) = a.get("carrier") {
                named.push((c, None));
            }
        }
        for (k, v) in t.get("default_accounts").map_or(&[][..], Node::entries) {
            named.push((v, Some(k.name.clone())));
        }
        for (node, role) in named {
            let Some(id) = node.text() else { continue };
            if !known.iter().any(|k| k == id) {
                let mut f = self
                    .source
                    .error(
                        "N028",
                        node.span,
                        format!("không có tài khoản “{id}” trong accounts"),
                        format!("there is no account “{id}” in accounts"),
                    )
                    .fix(
                        format!("Các tài khoản đã khai: {}.", known.join(", ")),
                        format!("Declared accounts: {}.", known.join(", ")),
                    );
                if let Some(near) = closest(id, known.iter().map(String::as_str)) {
                    f = f.maybe(near, None);
                }
                self.faults.push(f);
            } else if let Some(role) = role {
                self.settings.default_accounts.insert(role, AccountId::new(id));
            }
        }
    }

    fn environment(&mut self, env: &BTreeMap<String, String>) {
        if let Some(url) = env.get("LOA_DATABASE_URL").filter(|u| !u.is_empty()) {
            self.settings.database.clone_from(url);
            self.settings.origins.insert("database".into(), "LOA_DATABASE_URL".into());
        }
        for (name, key) in [("LOA_LISTEN", "listen"), ("LOA_PUBLIC_LISTEN", "public_listen")] {
            let Some(text) = env.get(name).filter(|v| !v.is_empty()) else { continue };
            match text.parse() {
                Ok(address) => {
                    if key == "listen" {
                        self.settings.listen = address;
                    } else {
                        self.settings.public_listen = Some(address);
                    }
                    self.settings.origins.insert(key.into(), name.into());
                }
                Err(_) => self.faults.push(
                    Fault::file(
                        "C013",
                        Severity::Error,
                        name,
                        format!("biến môi trường {name}: “{text}” không phải địa chỉ IP và cổng"),
                        format!("environment variable {name}: “{text}” is no address and port"),
                    )
                    .fix("Viết như 127.0.0.1:8787", "Write it like 127.0.0.1:8787"),
                ),
            }
        }
    }
}

/// A kind's own value: bare numbers and truth values are what they look like, all else is text.
fn to_json(node: &Node) -> Value {
    match &node.kind {
        Kind::Map(m) => Value::Object(m.iter().map(|(k, v)| (k.name.clone(), to_json(v))).collect()),
        Kind::List(l) => Value::Array(l.iter().map(to_json).collect()),
        Kind::Scalar { .. } if node.is_null() => Value::Null,
        Kind::Scalar { text, style: Style::Plain } => match text.as_str() {
            "true" | "yes" | "có" => Value::Bool(true),
            "false" | "no" | "không" => Value::Bool(false),
            t if t.starts_with('0') && t.len() > 1 => Value::String(text.clone()),
            t => t.parse::<i64>().map_or_else(|_| Value::String(text.clone()), Value::from),
        },
        Kind::Scalar { text, .. } => Value::String(text.clone()),
    }
}
