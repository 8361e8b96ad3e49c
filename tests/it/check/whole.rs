//! Whole workspaces: the repository's own, freshly made ones, repairs, schemas, settings.

use std::collections::BTreeMap;

use super::Edit::{Change, Write};
use super::{KINDS, check, copy, report, repository, today, workspace};
use loa::config::{self, Settings};
use loa::domain::text::Lang;
use loa::domain::unit::{Family, Mode};
use loa::manifest::{fix, scaffold, schema, to_json};
use loa::yaml::Severity;

#[test]
fn the_programme_of_this_repository_is_free_of_faults() {
    let report = report(&repository(), Lang::Vi);
    assert!(report.starts_with("không có lỗi"), "{report}");
}

#[test]
fn communes_come_from_the_table() {
    let dir =
        workspace(&[Change("campaigns/xa-phuong.csv", "11383,Phường Lê Chân", "11383,Phường Hồng Bàng")]);
    let (_, loaded) = check(dir.path());
    let ids: Vec<&str> = loaded.workspace.groups["xa-phuong"].units.iter().map(|u| u.as_str()).collect();
    assert_eq!(ids, ["phuong-hong-bang-11311", "phuong-hong-bang-11383", "dac-khu-bach-long-vi"]);
    let u = &loaded.workspace.units["phuong-hong-bang-11311"];
    let site = &u.channels[&Family::Website];
    assert_eq!(
        (site.mode, site.account.as_ref(), site.address.as_deref()),
        (Some(Mode::HandOver), None, Some("hoa@hongbang.example"))
    );
    assert_eq!(u.channels[&Family::Station].address.as_deref(), Some("hoa@hongbang.example"));
    let station = u.station.as_ref().unwrap();
    assert_eq!((station.sessions.len(), station.allowance_seconds), (2, 180));
    let island = &loaded.workspace.units["dac-khu-bach-long-vi"];
    assert!(island.station.is_none() && !island.channels.contains_key(&Family::Website));
    assert_eq!(island.people_covered, Some(1000));
}

#[test]
fn a_table_saved_by_excel_with_semicolons_is_the_same() {
    let base = workspace(&[]);
    let dir = workspace(&[]);
    let path = dir.path().join("campaigns/xa-phuong.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let excel: String = text.replace("zalo;email", "\"zalo;email\"").replace(',', ";").replace('\n', "\r\n");
    std::fs::write(&path, format!("\u{feff}{excel}")).unwrap();
    let (_, a) = check(base.path());
    let (_, b) = check(dir.path());
    assert_eq!(b.faults, []);
    assert_eq!(a.workspace.units, b.workspace.units);
}

fn date(y: i32, m: u32, d: u32) -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

/// What `check` finds in a folder on a day: codes with their severity, and the posts that work.
fn found(root: &std::path::Path, day: chrono::NaiveDate) -> (Vec<(&'static str, Severity)>, usize) {
    let (settings, faults) = config::load(root, &BTreeMap::new(), false, &KINDS);
    assert_eq!(faults, []);
    let loaded = loa::manifest::load(root, &settings.unwrap(), day);
    (loaded.faults.iter().map(|f| (f.code, f.severity)).collect(), loaded.posts())
}

const DAYS: [(i32, u32, u32); 5] =
    [(2026, 11, 23), (2027, 1, 1), (2026, 6, 30), (2028, 2, 29), (2026, 12, 31)];

#[test]
fn what_init_makes_passes_check() {
    for (y, m, d) in DAYS {
        let today = date(y, m, d);
        let dir = tempfile::tempdir().unwrap();
        let made = scaffold::init(dir.path(), "Sở Văn hóa: \"thử\" #1", today).unwrap();
        assert_eq!(made.notes, [], "{today}");
        assert_eq!(found(dir.path(), today), (vec![], 1), "{today}");
        // Its one post is a real one of the office to itself: no sample, no word to the public.
        let post = "campaigns/lam-quen-voi-loa/posts/thu-dau-tien/post.yaml";
        let text = std::fs::read_to_string(dir.path().join(post)).unwrap();
        assert!(text.contains("channel: email") && !text.contains("website"), "{text}");
        // Nothing is overwritten.
        assert!(scaffold::init(dir.path(), "Khác", today).is_err());
    }
}

#[test]
fn what_new_writes_is_held_until_it_is_written() {
    for (y, m, d) in DAYS {
        let today = date(y, m, d);
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        scaffold::init(root, "Sở thử", today).unwrap();
        scaffold::new_campaign(root, "tet", Some("Tết: vui, an toàn"), today).unwrap();
        scaffold::new_post(root, "tet", "bai-hai", Some("2027"), None, today).unwrap();
        scaffold::new_unit(root, "phong-moi", Some("Phòng #1: mới")).unwrap();
        scaffold::new_unit(root, "phong-khac", None).unwrap();
        let held = ("W005", Severity::Held);
        let reminder = ("W005", Severity::Warning);
        let (codes, posts) = found(root, today);
        // The plan's audience, message and objective, and the unit's name: reminders. The posts: held.
        assert_eq!(codes.iter().filter(|c| **c == reminder).count(), 4, "{codes:?}");
        assert_eq!(codes.iter().filter(|c| **c == held).count(), 3, "a text, a title and a text: {codes:?}");
        // There is no media kit yet: said once, for the office.
        assert_eq!(codes.iter().filter(|c| **c == ("A010", Severity::Note)).count(), 1, "{codes:?}");
        assert_eq!((codes.len(), posts), (8, 1), "{codes:?}");
        let text = root.join("campaigns/tet/posts/bai-hai/noi-dung.md");
        // Who deletes the marks alone has not written anything.
        let sample = std::fs::read_to_string(&text).unwrap();
        std::fs::write(&text, sample.replace("[CHỮ MẪU] ", "")).unwrap();
        assert_eq!(found(root, today).1, 1);
        std::fs::write(&text, "Chúc bà con năm mới mạnh khỏe.\n").unwrap();
        assert_eq!(found(root, today).1, 2, "what is written goes on");
        assert!(scaffold::new_post(root, "tet", "bai-hai", Some("Khác"), None, today).is_err());
        assert!(scaffold::new_campaign(root, "tet", Some("Khác"), today).is_err());
        assert!(scaffold::new_unit(root, "phong-moi", Some("Khác")).is_err());
        assert!(scaffold::new_post(root, "tet", "../ngoai", None, None, today).is_err());
    }
}

#[test]
fn a_new_post_takes_its_day_from_its_id_or_from_the_calendar() {
    let today = date(2026, 8, 28); // a Friday before two days off around 2 September
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    scaffold::init(root, "Sở thử", today).unwrap();
    let calendar = root.join("campaigns/calendar/vn-2026.yaml");
    let text = std::fs::read_to_string(&calendar).unwrap();
    std::fs::write(&calendar, text + "  - date: 31/08/2026\n    name: Nghỉ liền\n").unwrap();
    let campaign = root.join("campaigns/lam-quen-voi-loa/campaign.yaml");
    let at = |id: &str, today: chrono::NaiveDate| {
        let made = scaffold::new_post(root, "lam-quen-voi-loa", id, None, None, today).unwrap();
        let yaml = std::fs::read_to_string(&made.files[0]).unwrap();
        let line = yaml.lines().find_map(|l| l.trim().strip_prefix("at: ")).unwrap().to_owned();
        (line[..10].to_owned(), made.notes.into_iter().map(|n| n.vi).collect::<Vec<_>>())
    };
    assert_eq!(at("2026-12-07-ho-kinh-doanh", today), ("07/12/2026".into(), vec![]));
    assert_eq!(at("khong-ngay", today), ("01/09/2026".into(), vec![]), "Monday is a day off");
    assert_eq!(at("2026", today).0, "01/09/2026");
    let (day, notes) = at("2026-02-30-khong-co", today);
    assert!(day == "01/09/2026" && notes[0].contains("Không có ngày 2026-02-30"), "{notes:?}");
    let (day, notes) = at("2027-03-01-qua-han", today);
    assert!(
        day == "01/03/2027" && notes[0].contains("ngoài chiến dịch (28/08/2026 – 31/12/2026)"),
        "{notes:?}"
    );
    let (day, notes) = at("2026-08-01-da-qua", today);
    assert!(day == "01/08/2026" && notes.len() == 2 && notes[1].contains("đã qua"), "{notes:?}");
    // Before the campaign begins: its first working day. After it: said.
    let text = std::fs::read_to_string(&campaign).unwrap();
    std::fs::write(&campaign, text.replace("start: 28/08/2026", "start: 12/09/2026")).unwrap();
    assert_eq!(at("truoc-khi-bat-dau", today), ("14/09/2026".into(), vec![]));
    let (day, notes) = at("sau-khi-ket-thuc", date(2026, 12, 31));
    assert!(day == "04/01/2027" && notes[0].contains("ngoài chiến dịch"), "{notes:?}");
    // A year without a calendar is said, not guessed.
    std::fs::remove_file(root.join("campaigns/calendar/vn-2027.yaml")).unwrap();
    let (day, notes) = at("khong-lich", date(2026, 12, 31));
    assert!(day == "01/01/2027" && notes[0].contains("vn-2027.yaml"), "{notes:?}");
}

#[test]
fn a_new_unit_leaves_every_other_line_alone() {
    let dir = workspace(&[]);
    let path = dir.path().join("campaigns/units.yaml");
    let before = std::fs::read_to_string(&path).unwrap();
    scaffold::new_unit(dir.path(), "bao-tang", Some("Bảo tàng")).unwrap();
    let after = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = after.lines().collect();
    assert!(before.lines().all(|l| lines.contains(&l)));
    let (_, loaded) = check(dir.path());
    assert_eq!(loaded.faults, []);
    assert!(loaded.workspace.units.contains_key("bao-tang"));
}

#[test]
fn repairs_are_written_once_and_reported() {
    let post = "campaigns/ten-mien/posts/nhan-dan/post.yaml";
    let dir = workspace(&[
        Change(post, "    to: so", "\u{a0}\u{a0}\u{a0}\u{a0}to: so"),
        Change(post, "    every", "\t\tevery"),
        Change(post, "title: Xem kỹ", "title: Xem ky\u{303}"),
    ]);
    let path = dir.path().join(post);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    let broken = std::fs::read(&path).unwrap();
    let would = fix(dir.path(), true);
    assert_eq!(std::fs::read(&path).unwrap(), broken, "a dry run writes nothing");
    let did = fix(dir.path(), false);
    assert_eq!(would, did);
    assert_eq!(did.len(), 1);
    assert_eq!(did[0].repairs.len(), 5, "{:?}", did[0].repairs);
    let (_, loaded) = check(dir.path());
    assert_eq!(loaded.faults, []);
    assert_eq!(fix(dir.path(), false), []);
    let left: Vec<_> =
        std::fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|n| !n.to_string_lossy().contains("tmp")), "{left:?}");
}

#[test]
fn the_programme_asserts_nothing_that_is_not_verified() {
    let root = repository();
    let (settings, faults) = config::load(&root, &BTreeMap::new(), false, &KINDS);
    assert_eq!(faults, []);
    let loaded = loa::manifest::load(&root, &settings.unwrap(), today());
    let ws = &loaded.workspace;
    let texts = || {
        ws.campaigns.iter().flat_map(|c| &c.posts).flat_map(|p| {
            p.texts.main.iter().chain(p.texts.overrides.values()).map(move |t| (p.id.as_str(), t))
        })
    };
    for (post, text) in texts() {
        // The certificate was asked for by the waiver that ended with 2025; who asks for it now is not verified.
        assert!(!text.body.to_lowercase().contains("căn cước và giấy chứng nhận"), "{post}");
        for used in loa::manifest::fact_refs(&text.body).into_iter().flatten() {
            let fact = &ws.facts[used.id.as_str()];
            let note = fact.note.as_deref().unwrap_or_default();
            assert!(fact.source.is_some() || fact.basis.is_some(), "{post}: {}", used.id);
            assert!(!note.contains("Mới đọc") && !note.contains("đối chiếu"), "{post}: {}: {note}", used.id);
        }
    }
    assert!(texts().count() > 20);
    // A calendar that was not compared with the notice says that it is provisional.
    for c in ws.calendars.0.values() {
        assert!(c.provisional || !c.source.contains("chưa đối chiếu"), "{}", c.year);
    }
}

#[test]
fn schemas_are_current() {
    let folder = repository().join("schema");
    let update = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema");
    std::fs::create_dir_all(&update).unwrap();
    let mut stale = vec![];
    for (name, value) in schema(Lang::Vi, &config::LOA) {
        let text = format!("{}\n", serde_json::to_string_pretty(&value).unwrap());
        if std::fs::read_to_string(folder.join(name)).ok().as_deref() != Some(&text) {
            stale.push(name);
            std::fs::write(update.join(name), text).unwrap();
        }
    }
    assert!(stale.is_empty(), "schema/ is out of date: copy {stale:?} from {}", update.display());
}

/// Says whether `value` fits `schema`, for the part of JSON Schema that is used here.
fn fits(schema: &serde_json::Value, value: &serde_json::Value) -> bool {
    let s = schema.as_object().unwrap();
    let known = [
        "$schema",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "anyOf",
        "oneOf",
        "allOf",
        "items",
        "enum",
        "pattern",
        "minLength",
        "minimum",
        "maximum",
        "propertyNames",
    ];
    assert!(s.keys().all(|k| known.contains(&k.as_str())), "{:?}", s.keys().collect::<Vec<_>>());
    let is = |t: &str| match t {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        other => panic!("{other}"),
    };
    let ty = match s.get("type") {
        Some(serde_json::Value::Array(a)) => a.iter().any(|t| is(t.as_str().unwrap())),
        Some(t) => is(t.as_str().unwrap()),
        None => true,
    };
    let list = |k: &str| s.get(k).and_then(|v| v.as_array()).cloned().unwrap_or_default();
    let props = s.get("properties").and_then(|p| p.as_object());
    ty && (list("enum").is_empty() || list("enum").contains(value))
        && list("required").iter().all(|r| value.get(r.as_str().unwrap()).is_some())
        && (list("anyOf").is_empty() || list("anyOf").iter().any(|x| fits(x, value)))
        && (list("oneOf").is_empty() || list("oneOf").iter().filter(|x| fits(x, value)).count() == 1)
        && list("allOf").iter().all(|x| fits(x, value))
        && value.as_array().is_none_or(|a| s.get("items").is_none_or(|i| a.iter().all(|v| fits(i, v))))
        && value.as_object().is_none_or(|o| {
            o.iter().all(|(k, v)| match (props.and_then(|p| p.get(k)), s.get("additionalProperties")) {
                (Some(p), _) => fits(p, v),
                (None, Some(serde_json::Value::Bool(allowed))) => *allowed,
                (None, Some(p)) => fits(p, v),
                (None, None) => true,
            })
        })
}

/// A tree as an editor's validator sees it: bare numbers and truth values are what they look like.
fn plain(node: &loa::yaml::Node) -> serde_json::Value {
    use loa::yaml::{Kind, tree::Style};
    match &node.kind {
        Kind::Map(m) => m.iter().map(|(k, v)| (k.name.clone(), plain(v))).collect(),
        Kind::List(l) => l.iter().map(plain).collect(),
        Kind::Scalar { text, style: Style::Plain } => match text.parse::<i64>() {
            Ok(n) => n.into(),
            Err(_) if text == "true" || text == "false" => (text == "true").into(),
            Err(_) => text.clone().into(),
        },
        Kind::Scalar { text, .. } => text.clone().into(),
    }
}

#[test]
fn the_programme_fits_the_schemas() {
    let schemas: BTreeMap<_, _> = schema(Lang::En, &config::LOA).into_iter().collect();
    let root = repository();
    let mut seen = 0;
    let mut one = |name: &str, file: std::path::PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap();
        let value = plain(&loa::yaml::parse("t", &text).root.unwrap());
        assert!(fits(&schemas[name], &value), "{} does not fit {name}", file.display());
        let mut odd = value;
        odd["khong-co-khoa-nay"] = 1.into();
        assert!(!fits(&schemas[name], &odd), "{name} takes unknown keys");
        seen += 1;
    };
    one("loa.json", root.join("loa.yaml"));
    for (name, file) in [
        ("units.json", "units.yaml"),
        ("facts.json", "facts.yaml"),
        ("people.json", "people.yaml"),
        ("media-kit.json", "media-kit.yaml"),
        ("calendar.json", "calendar/vn-2026.yaml"),
        ("lists.json", "audiences/lists.yaml"),
        ("doc-la.json", "doc-la.yaml"),
        ("campaign.json", "ten-mien-vn/campaign.yaml"),
    ] {
        one(name, root.join("campaigns").join(file));
    }
    for post in std::fs::read_dir(root.join("campaigns/ten-mien-vn/posts")).unwrap() {
        one("post.json", post.unwrap().path().join("post.yaml"));
    }
    assert!(seen >= 18);
}

#[test]
fn a_broken_loa_yaml_does_not_hide_the_campaigns() {
    let dir = workspace(&[
        Write("loa.yaml", "organisation: [so\n"),
        Change("campaigns/ten-mien/posts/nhan-dan/post.yaml", "to: so", "to: xo"),
    ]);
    let (settings, loaded) = check(dir.path());
    assert!(!settings.is_empty());
    assert_eq!(loaded.faults.iter().map(|f| f.code).collect::<Vec<_>>(), ["N021"]);
}

#[test]
fn secrets_come_from_files_and_show_nowhere() {
    let dir = workspace(&[
        Write("bi-mat/thu-cong-vu.txt", "m4t-khau-th4t\r\n"),
        Write("bi-mat/web-so.txt", "m4t-khau-w3b"),
    ]);
    // One missing secret stops its account, not the office: the settings come, the fault is said.
    let (some, faults) = config::load(dir.path(), &BTreeMap::new(), true, &KINDS);
    assert!(some.is_some());
    let missing: Vec<_> = faults.iter().filter(|f| f.code == "C004").collect();
    assert_eq!(missing.len(), 1);
    assert!(
        missing[0].message.vi.contains("bi-mat/zalo-so.txt") && missing[0].message.vi.contains("zalo-so")
    );
    std::fs::write(dir.path().join("bi-mat/zalo-so.txt"), "t0ken").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for (file, mode) in [("thu-cong-vu", 0o644), ("web-so", 0o600), ("zalo-so", 0o600)] {
            let path = dir.path().join(format!("bi-mat/{file}.txt"));
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    let (settings, faults) = config::load(dir.path(), &BTreeMap::new(), true, &KINDS);
    let settings = settings.unwrap();
    #[cfg(unix)]
    assert_eq!(faults.iter().map(|f| f.code).collect::<Vec<_>>(), ["C005"]);
    let mail = settings.accounts.values().find(|a| a.kind == "email").unwrap();
    assert_eq!(mail.settings["password"], "m4t-khau-th4t");
    assert_eq!(mail.settings["port"], 587);
    let shown = format!(
        "{settings:?}{faults:?}{:?}{}",
        settings.settings_table(),
        to_json(&faults, &Default::default())
    );
    for secret in ["m4t-khau-th4t", "m4t-khau-w3b", "t0ken"] {
        assert!(!shown.contains(secret));
    }
    let inline =
        workspace(&[Change("loa.yaml", "password_file: bi-mat/thu-cong-vu.txt", "password: Bi-mat-123")]);
    let (_, faults) = config::load(inline.path(), &BTreeMap::new(), false, &KINDS);
    assert!(!faults.is_empty() && !format!("{faults:?}").contains("Bi-mat-123"));
}

#[test]
fn the_environment_overrides_and_the_table_says_so() {
    let dir = workspace(&[]);
    let env: BTreeMap<String, String> = [
        ("LOA_DATABASE_URL", "postgres://loa:b1-mat@db.example/loa"),
        ("LOA_LISTEN", "127.0.0.1:9000"),
        ("LOA_PUBLIC_LISTEN", "0.0.0.0:8443"),
    ]
    .into_iter()
    .map(|(k, v)| (k.to_owned(), v.to_owned()))
    .collect();
    let (settings, faults) = config::load(dir.path(), &env, false, &KINDS);
    assert_eq!(faults, []);
    let s = settings.unwrap();
    assert_eq!((s.listen.port(), s.public_listen.unwrap().port()), (9000, 8443));
    let table = s.settings_table();
    let row = |k: &str| table.iter().find(|r| r.key == k).unwrap();
    assert_eq!(row("database").value, "postgres://loa:***@db.example/loa");
    assert_eq!(row("database").origin.as_deref(), Some("LOA_DATABASE_URL"));
    assert_eq!(
        (row("time_zone").origin.as_deref(), row("fact_max_age").origin.as_deref()),
        (Some("loa.yaml"), None)
    );
    assert!(!format!("{s:?}").contains("b1-mat"));
    let bad: BTreeMap<String, String> = [("LOA_LISTEN".to_owned(), "chín nghìn".to_owned())].into();
    let (none, faults) = config::load(dir.path(), &bad, false, &KINDS);
    assert!(none.is_none() && faults[0].code == "C013");
}

#[test]
fn reports_for_machines_say_the_same() {
    let dir = workspace(&[Change("campaigns/ten-mien/posts/nhan-dan/post.yaml", "to: so", "to: xo")]);
    let (_, loaded) = check(dir.path());
    let json = to_json(&loaded.faults, &loaded.summary());
    assert_eq!(json["faults"][0]["code"], "N021");
    assert_eq!(json["faults"][0]["line"], 8);
    assert_eq!(
        json["summary"],
        serde_json::json!({"errors": 1, "held_posts": 0, "warnings": 0, "files_with_faults": 1, "files_read": 18, "good_posts": 1})
    );
}

#[test]
fn the_base_survives_a_copy() {
    // The fixture is data for others too: it must not depend on where it lies.
    let dir = tempfile::tempdir().unwrap();
    copy(&repository().join("tests/fixtures/base"), dir.path());
    let loaded = loa::manifest::load(dir.path(), &Settings::defaults(dir.path()), today());
    assert_eq!(loaded.faults, []);
}
