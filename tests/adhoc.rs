#![allow(clippy::all, warnings)]
use loa::config;
use loa::domain::text::Lang;
use loa::manifest;
#[test]
fn adhoc() {
    let root = std::path::PathBuf::from(
        option_env!("X")
            .map(String::from)
            .unwrap_or(std::fs::read_to_string("/tmp/adhoc_root").unwrap().trim().to_string()),
    );
    let (s, f) = config::load(
        &root,
        &Default::default(),
        false,
        &["email", "wordpress", "zalo-bot", "telegram", "webhook", "hand-over", "station"],
    );
    for x in &f {
        print!("{}", x.render(true, false));
    }
    let s = s.unwrap_or_else(|| config::Settings::defaults(&root));
    let t = std::time::Instant::now();
    let l = manifest::load(&root, &s, "2026-11-23".parse().unwrap());
    println!("{:?}", t.elapsed());
    println!("{}", manifest::render_report(&l.faults, &l.summary(), Lang::Vi, false));
    println!(
        "{:?} units {} groups {:?} lists {:?}",
        l.stopped,
        l.workspace.units.len(),
        l.workspace.groups.iter().map(|(k, v)| (k.to_string(), v.units.len())).collect::<Vec<_>>(),
        l.workspace.lists.iter().map(|(k, v)| (k.to_string(), v.contacts.len())).collect::<Vec<_>>()
    );
    for r in s.settings_table() {
        println!("{} = {} ({:?})", r.key, r.value, r.origin);
    }
}
