//! What the files of a folder say about themselves: which faults concern whom, told in one line.

use super::Ctx;
use crate::domain::text::{self, Lang};
use crate::manifest::Loaded;
use crate::yaml::Fault;

/// The post a file belongs to: `campaigns/c/posts/p/post.yaml` → `c/p`; `None` for what several share.
pub fn post_of(file: &str) -> Option<String> {
    let mut parts = file.strip_prefix("campaigns/")?.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(c), Some("posts"), Some(p), Some(_)) => Some(format!("{c}/{p}")),
        _ => None,
    }
}

/// The faults that stop something: all, or those of one campaign or post and of the registers it leans on.
pub fn faults_of<'a>(loaded: &'a Loaded, only: Option<&'a str>) -> impl Iterator<Item = &'a Fault> {
    loaded.faults.iter().filter(move |f| {
        let under =
            |o: &str| only.is_none_or(|x| o == x || o.strip_prefix(x).is_some_and(|r| r.starts_with('/')));
        f.severity.stops() && post_of(&f.file).is_none_or(|p| under(&p))
    })
}

/// The faults of what several posts share: units, people, facts, lists, the kit, a campaign.
pub fn shared_faults(loaded: &Loaded) -> impl Iterator<Item = &Fault> {
    loaded.faults.iter().filter(|f| f.severity.stops() && post_of(&f.file).is_none())
}

/// True if the post is there and a fault stops it.
pub fn is_stopped(loaded: &Loaded, origin: &str) -> bool {
    loaded.stopped.iter().any(|(c, p, _)| origin.split_once('/') == Some((c.as_str(), p.as_str())))
}

/// One line about faults to standard error, if there are any: how many, in which files, what to type.
pub fn say_faults(ctx: &Ctx, loaded: &Loaded, only: Option<&str>) {
    let faults: Vec<&Fault> = faults_of(loaded, only).collect();
    if !faults.is_empty() {
        eprintln!("{}", sentence(ctx, &faults));
    }
}

/// `3 lỗi trong thư mục (campaigns/units.yaml, …), phần còn lại vẫn chạy. Xem:   loa check`
pub fn sentence(ctx: &Ctx, faults: &[&Fault]) -> String {
    let (n, files, check) = (faults.len() as i64, files(faults), ctx.hint(&["check"]));
    match ctx.lang {
        Lang::Vi => {
            let n = text::number(n, ctx.lang);
            format!("{n} lỗi trong thư mục ({files}), phần còn lại vẫn chạy. Xem:   {check}")
        }
        Lang::En => {
            let n = text::plural(n, "fault", "faults");
            format!("{n} in the folder ({files}), the rest goes on. See:   {check}")
        }
    }
}

/// The first files of faults.
pub fn files(faults: &[&Fault]) -> String {
    let mut files: Vec<&str> = faults.iter().map(|f| f.file.as_str()).collect();
    files.dedup();
    let more = files.len() > 3;
    files.truncate(3);
    format!("{}{}", files.join(", "), if more { ", …" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Severity;

    #[test]
    fn faults_belong_to_a_post_or_to_all() {
        assert_eq!(post_of("campaigns/c/posts/p/post.yaml").as_deref(), Some("c/p"));
        for shared in ["campaigns/units.yaml", "campaigns/c/campaign.yaml", "loa.yaml", "campaigns/c/posts/p"]
        {
            assert_eq!(post_of(shared), None, "{shared}");
        }
        let fault = |file: &str| Fault::file("T001", Severity::Error, file, "x", "x");
        let loaded = Loaded {
            faults: vec![
                fault("campaigns/units.yaml"),
                fault("campaigns/c/posts/p/a"),
                fault("campaigns/c/posts/q/a"),
            ],
            ..Loaded::default()
        };
        assert_eq!(faults_of(&loaded, None).count(), 3);
        assert_eq!(faults_of(&loaded, Some("c")).count(), 3);
        assert_eq!(faults_of(&loaded, Some("c/p")).count(), 2);
        assert_eq!(faults_of(&loaded, Some("d")).count(), 1);
        assert_eq!(shared_faults(&loaded).count(), 1);
    }
}
