//! What the judge of rendered HTML refuses, and what it sees.

use super::*;

fn kind(html: &str) -> &'static str {
    match look(html, Place::Text) {
        Ok(_) => "good",
        Err(Bad::Runs(_)) => "runs",
        Err(Bad::Fetches(_)) => "fetches",
        Err(Bad::Unknown(_)) => "unknown",
        Err(Bad::Deep) => "deep",
    }
}

#[test]
fn what_may_not_go_out() {
    for (html, want) in [
        ("<script>alert(1)</script>", "runs"),
        ("<ScRiPt/x>alert(1)", "runs"),
        ("<p onclick=\"x\">", "runs"),
        ("<p title=\"a\"/onclick=x>", "runs"),
        ("<p x=\"a\"onclick=x>", "unknown"),
        ("<a href=\"javascript:alert(1)\">x</a>", "runs"),
        ("<a href=\"java&#115;cript:alert(1)\">x</a>", "runs"),
        ("<a href=\"&#1;java\tscr\nipt:alert(1)\">x</a>", "runs"),
        ("<a href=\"JAVASCRIPT&colon;alert(1)\">x</a>", "runs"),
        ("<a href=\"vbscript:x\">x</a>", "runs"),
        ("<a href=\"data:text/html,x\">x</a>", "runs"),
        ("<iframe src=x>", "runs"),
        ("<base href=\"https://a.example\">", "runs"),
        ("<img src=\"https://a.example/a.png\">", "fetches"),
        ("<img src=//a.example/a.png>", "fetches"),
        ("<img src=\"ht&#116;ps://a.example\">", "fetches"),
        ("<img src=\"a.png\">", "fetches"),
        ("<img src=\"data:image/svg+xml;base64,x\">", "fetches"),
        ("<img src=\"data:text/html;base64,x\">", "fetches"),
        ("<img srcset=\"https://a.example 2x\" src=\"cid:a\">", "fetches"),
        ("<table background=\"https://a.example\">", "fetches"),
        ("<link rel=stylesheet href=x>", "fetches"),
        ("<svg><image href=x></svg>", "fetches"),
        ("<video poster=x>", "fetches"),
        ("<a href=\"https://a.example\" ping=\"https://b.example\">x</a>", "fetches"),
        ("<meta http-equiv=\"Refresh\" content=\"0;url=https://a\">", "fetches"),
        ("<div style=\"background:u\\72l(https://a.example)\">", "fetches"),
        ("<div style=\"background:&#117;rl(https://a.example)\">", "fetches"),
        ("<style>@import 'https://a'</style>", "fetches"),
        ("<style>a{b:url(x)}", "fetches"),
        ("<form action=x>", "unknown"),
        ("<textarea><img src=x>", "unknown"),
        ("<math><mi></math>", "fetches"),
        ("<noscript><p>x</p></noscript>", "unknown"),
        ("<plaintext>", "unknown"),
        ("<?import namespace=x>", "unknown"),
        // Outlook reads its own comments.
        ("<!--[if mso]><img src=\"https://a.example\"><![endif]-->", "fetches"),
        ("<!--[if mso]><script>x</script><![endif]-->", "runs"),
        ("<!--[if mso]><v:fill src=\"https://a.example\"/><![endif]-->", "fetches"),
        ("<!--[if mso]><!--[if mso]><p>x<![endif]-->", "unknown"),
        // What is per person comes later, and stands for itself.
        ("<img src=\"cid:@@LOA-NAME@@\">", "fetches"),
        ("<a href=\"https://a.example/@@LOA-OPT-OUT-URL@@\">x</a>", "fetches"),
        ("<p style=\"color:@@LOA-NAME@@\">", "fetches"),
        ("<p class=\"@@LOA-UNIT@@\">", "fetches"),
        ("<style>@@LOA-NAME@@</style>", "fetches"),
        ("<p @@LOA-NAME@@>", "unknown"),
        // A second one adds its attributes to the first.
        ("<p>x</p></body></html><body class=x>", "good"),
        ("<body><p>x</p></body><body class=x>", "unknown"),
        ("<html><p>x</p></html><html lang=vi>", "unknown"),
        // Where a link leads must be said.
        ("<a href=\"//evil.example\">x</a>", "unknown"),
        ("<a href=\" /\\evil.example\">x</a>", "unknown"),
        ("<a href=\"/\t/evil.example\">x</a>", "unknown"),
        ("<a href=\"\\\\evil.example\">x</a>", "unknown"),
        // What moves a text away, turns it or lies over it.
        ("<div style=\"position:absolute;left:-9999px\">x</div>", "unknown"),
        ("<div style=\"position:FIXED;width:9999px\">x</div>", "unknown"),
        ("<div style=\"position:relative;left:-9999px\">x</div>", "unknown"),
        ("<div style=\"position:relative;color:red\">x</div>", "good"),
        ("<style>.a .b{position:sticky}</style>", "unknown"),
        ("<style>@media print{.a{transform:scale(0)}}</style>", "unknown"),
        ("<style>.a{.b{-webkit-transform:translate(-999px)}}</style>", "unknown"),
        ("<div style=\"transform:none;clip:auto\">x</div>", "good"),
        ("<div style=\"zoom:0.01\">x</div>", "unknown"),
        ("<div style=\"unicode-bidi:bidi-override;direction:rtl\">x</div>", "unknown"),
        ("<form style=\"pointer-events:none\">", "unknown"),
        ("<bdo dir=rtl>x</bdo>", "unknown"),
        ("<p>x\u{202E}y</p>", "unknown"),
        ("<p>x&#8238;y</p>", "unknown"),
        ("<p title=\"&#x2066;y\">x</p>", "unknown"),
        ("<style>p::before{content:\"\\202e\"}</style>", "unknown"),
        ("<p>x\0y\u{7}</p>", "unknown"),
        // A page's own head could break it or tell of its address.
        ("<meta http-equiv=\"Content-Security-Policy\" content=\"form-action 'none'\">", "unknown"),
        ("<meta name=\"referrer\" content=\"unsafe-url\">", "unknown"),
        ("<meta name=\" Referrer\" content=\"no-referrer-when-downgrade\">", "unknown"),
        ("<meta name=referrer content=no-referrer>", "good"),
        ("<meta name=viewport http-equiv=set-cookie content=x>", "unknown"),
        ("<meta charset=utf-16>", "unknown"),
        ("<meta http-equiv=content-type content=\"text/html; charset=windows-1258\">", "unknown"),
        ("<meta http-equiv=Content-Type content=\"text/html; charset=UTF-8\"><meta charset=utf-8>", "good"),
        // For Outlook alone, or for all others, in a form that is not known.
        ("<![if mso]><p>x</p><![endif]>", "unknown"),
        ("<img src=\"cid:\u{E000}\">", "fetches"),
        ("<p style=\"color:\u{E000}\">", "fetches"),
    ] {
        assert_eq!(kind(html), want, "{html}");
    }
    assert_eq!(kind(&"<div>".repeat(100_000)), "deep");
}

#[test]
fn what_may_go_out() {
    for html in [
        "<p>turn on = off, javascript: url(x) &lt;script&gt;</p>",
        "<!-- <script>x</script> --><p>x</p>",
        "<a href=\"https://a.example/?javascript:1\" target=\"_blank\" rel=\"noopener\">x</a>",
        "<a href=\"?lang=vi\">x</a><a href=\"#a\">x</a><a href=\"/a\">x</a>",
        "<a href=\"mailto:a@b.example?subject=@@LOA-CODE@@\" title=\"@@LOA-NAME@@\">x</a>",
        "<a href=\"@@LOA-OPT-OUT-URL@@\">x</a>",
        "<img src=\"cid:a@loa\" alt=\"a\"><img src=\"data:image/png;base64,AAAA\" alt=\"\">",
        "<!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml></noscript><![endif]-->",
        "<!--[if mso]><v:roundrect href=\"https://a.example\" arcsize=\"8%\"><w:anchorlock/></v:roundrect><![endif]-->",
        "<!--[if !mso]><!--><p>x</p><!--<![endif]-->",
        "<style>@media (max-width:619px){.a{display:none}}</style><p data-one=\"1\" aria-hidden=\"true\">x</p>",
    ] {
        assert_eq!(look(html, Place::Text).map(|_| ()), Ok(()), "{html}");
    }
    let form = "<form method=\"post\" action=\"?a\"><button name=\"all\" value=\"1\">Thôi</button></form>";
    let seen = look(form, Place::Page).unwrap();
    assert_eq!(seen.buttons, [("?a".to_owned(), "all".to_owned())]);
    assert!(look("<form action=\"https://a.example\">", Place::Page).is_err());
}

#[test]
fn what_is_seen() {
    for (html, words) in [
        ("<p>Một <b>hai</b>\n ba</p>", "mộthaiba"),
        ("<title>x</title><style>y</style><!-- z -->A", "a"),
        ("<div style=\"display:none\">x<p>y</p></div>A", "a"),
        ("<p hidden>x</p>A", "a"),
        ("<p style=\"display:none\">x<p>A", "a"),
        ("<table><td style=\"font-size:0\">x<div style=\"font-size:16px\">A</div>y</td></table>", "a"),
        ("<style>.f{display:none}</style><p class=\"e f\">x</p>A", "a"),
        ("<p class=\"f\">x</p>A<style>p.f{visibility:hidden}</style>", "a"),
        ("<style>@media print{.f{display:none}}</style><p class=f>x</p>A", "a"),
        ("<!--[if mso]><p>x</p><![endif]-->A", "a"),
        ("<ul><li hidden>x<li>A</ul>", "a"),
        ("a &amp; b", "a&b"),
        // What a paragraph closes over is open in the next.
        ("<p><b hidden></p><p>x</p>", ""),
        ("<p><font style=\"font-size:0\"></p><p>x</p>", ""),
        ("<p><b hidden>x</b></p><p>A</p>", "a"),
        ("<p><span hidden></p><p>A</p>", "a"),
        ("<div><p>x</p></div><body hidden>", ""),
        ("<div><p>x</p></div><html style=\"display:none\">", ""),
    ] {
        assert_eq!(seen::of(html).unwrap().words, words, "{html}");
    }
    let links = "<a href=\"https://a\">x</a><a href=\"https://b\"> </a><p hidden><a href=\"https://c\">x</a></p>\
                 <a href=\"https://d\"><img src=\"cid:x\" alt=\"y\"></a>";
    assert_eq!(look(links, Place::Text).unwrap().links, ["https://a", "https://d"]);
}

#[test]
fn what_is_seen_line_by_line() {
    let html = "<style>.x{display:none}</style><h1>Tiêu  đề</h1><div class=x>ẩn</div><p>Một <b>hai</b><br>ba \
                <a href=\"https://a.example/b\">xem</a> rồi <a href=\"https://c.example\">https://c.example</a></p>\
                <table><tr><td>x<td>y</table><img src=\"cid:p@loa\" alt=\"Ảnh\">cuối";
    let want = [
        "Tiêu đề",
        "Một hai",
        "ba xem <https://a.example/b> rồi https://c.example",
        "x",
        "y",
        "[cid:p@loa Ảnh]cuối",
    ];
    assert_eq!(lines(html), want);
    // Also of what may not go out: it is compared with what may.
    assert_eq!(lines("<marquee>x</marquee><p>A"), ["x", "A"]);
}

#[test]
fn what_a_style_sheet_hides() {
    let of = |css: &str| {
        let html = format!(
            "<style>{css}</style><div class=\"all\"><div class=\"zz\"><p><a href=\"https://a\">x</a></p></div></div>A"
        );
        seen::of(&html).unwrap().words
    };
    for css in [
        ".zz{font-size:0}",
        ".zz{font-size:0.01em}",
        ".zz{font-size:5px}",
        ".zz{font:0/0 a}",
        ".zz{font:bold 1px/2 a}",
        ".zz{font-size:calc(1px)}",
        ".zz{opacity:0.1}",
        ".zz,.yy{display:none}",
        "[class=zz]{display:none}",
        "[href]{display:none}",
        "div .zz{display:none}",
        ".all>.zz{display:none}",
        ".yy + .zz{display:none}",
        "div.zz:not(.q){display:none}",
        "div:has(p).zz{display:none}",
        "a:hover{display:none}",
        "div{.zz{display:none}}",
        "div{&.zz{display:none}}",
        "@supports (display:block){.zz{display:none}}",
        "@media (min-width:1px){.zz{display:none}}",
        "@media screen and (min-width:1px){.zz{display:none}}",
        "@media print{.zz{display:none}}",
        "@media screen{@media (color){.zz{font-size:0}}}",
        ".zz{display:var(--x)}",
        ".zz a{color:transparent}",
        ".zz{color:rgba(0,0,0,0)} a{color:inherit}",
        "a{color:#fff}",
        "a{color:#fefefe;background:white}",
        "a{color:var(--x)}",
        ".zz{text-indent:-9999px}",
        ".zz{margin:0 0 0 -9999px}",
        ".zz{letter-spacing:-1em}",
        ".zz{content-visibility:hidden}",
        ".zz{max-height:0.1em;overflow:hidden}",
        ".zz{max-height:0}.all .zz{overflow-y:hidden}",
        ".zz{height:20px;overflow:hidden}",
        ".zz{width:0;height:0;overflow:clip}",
        ".moz-text-html .zz{display:none}",
        "[data-ogsc] .zz{display:none}",
        ".by-the-site .zz{display:none}",
        // It may weigh more, or come later, than what makes it readable.
        ".zz{font-size:16px} div.zz{font-size:0}",
        ".zz{font-size:0!important} .zz{font-size:16px}",
        ".zz{font-size:0} @media (color){.zz{font-size:16px}}",
        ".zz{font-size:0} .zz,$ .x{font-size:16px}",
        ".zz{font-size:16px} @media (color){.zz{font-size:0}}",
        "p::first-line{font-size:0}",
    ] {
        assert_eq!(of(css), "a", "{css}");
    }
    for css in [
        ".q .zz p b{display:none}",
        ".all > a{display:none}",
        "b .zz{display:none}",
        ".zz::before{display:none} p:empty{display:none} [hidden]{display:none}",
        ".zz{font-size:0} p{font-size:12pt}",
        ".zz{font-size:0} p{font:italic 300 15px/1.6 Arial}",
        "a{font-size:0} .zz a{font-size:1em}",
        ".zz{text-indent:-8mm;padding-left:8mm;margin:0 auto}",
        ".zz{max-height:0} .zz{overflow:visible}",
        ".zz{width:100%;max-width:600px;overflow:hidden}",
        "@media (prefers-color-scheme:dark){body{background:#000}a{color:#fff}}",
        ".zz{background:#12437a}a{color:#fff}",
        ".zz{background:linear-gradient(red,blue)}a{color:#fff}",
        ".zz{visibility:visible;display:inline-block;opacity:1;line-height:0}",
        "@page{margin:0}",
    ] {
        assert_eq!(of(css), "xa", "{css}");
    }
}

#[test]
fn what_an_attribute_hides() {
    for (open, close) in [
        ("<div style=\"font:0/0 a\">", "</div>"),
        ("<div style=\"max-height:0;overflow-y:hidden\">", "</div>"),
        ("<div style=\"color:#ffffff;background:#ffffff\">", "</div>"),
        ("<div style=\"color:white\">", "</div>"),
        ("<table bgcolor=\"112233\"><td><font color=\"#112233\">", "</font></table>"),
        ("<div style=\"font-size:2px\">", "</div>"),
        ("<div style=\"font-size:10%\">", "</div>"),
        ("<div style=\"font-size:0\"><div style=\"font-size:2em\">", "</div></div>"),
        ("<div style=\"display:none;display:block\">", "</div>"),
        ("<div style=\"text-indent:-100em\">", "</div>"),
        ("<style media=\"print\">i{display:none}</style><i>", "</i>"),
    ] {
        let seen = seen::of(&format!("{open}x{close}<p>A")).unwrap();
        assert_eq!(seen.words, "a", "{open}");
    }
    for open in ["<s>", "<del>", "<div style=\"text-decoration:red line-through\">"] {
        assert_ne!(seen::of(&format!("{open}xy")).unwrap().words, "xy", "{open}");
    }
    for open in [
        "<div style=\"color:#fff;background:#12437a\">",
        "<td style=\"font-size:0px\"><div style=\"font-size:15px\">",
        "<div style=\"color:#5a6673;background-color:#eef1f5;font:15px/1.6 Arial\">",
        "<div style=\"text-decoration:underline;border:0;overflow:hidden\">",
        "<div bgcolor=\"#000\" style=\"color:white\">",
    ] {
        assert_eq!(seen::of(&format!("{open}xy")).unwrap().words, "xy", "{open}");
    }
}

#[test]
fn what_each_program_shows() {
    let words = |html: &str| -> Vec<String> {
        programs(html, Place::Text).unwrap().into_iter().map(|s| s.words).collect()
    };
    assert_eq!(words("<p>A</p>"), ["a"]);
    assert_eq!(words("<!--[if !mso]><!--><p>A</p><!--<![endif]-->"), ["a", ""]);
    assert_eq!(words("<!--[if mso]><div style=\"mso-hide:all\"><![endif]--><p>A</p>"), ["a", ""]);
    assert_eq!(words("<!--[if mso]><style>p{display:none}</style><![endif]--><p>A</p>"), ["a", ""]);
    assert_eq!(words("<!--[if lte mso 9]><p>B</p><![endif]--><p>A</p>"), ["a", "ba", "a"]);
    let table = "<!--[if mso]><table><tr><td style=\"font-size:0px\"><![endif]--><div style=\"font-size:16px\">A</div><!--[if mso]></td></tr></table><![endif]-->";
    assert_eq!(words(table), ["a", "a"]);
}

#[test]
fn what_grows_without_bound_is_refused() {
    // Each paragraph opens all of them again.
    let many: String = (0..20_000).map(|i| format!("<p><b id={i}>")).collect();
    assert!(look(&many, Place::Text).is_err());
    let sheet: String = (0..20_000).map(|i| format!(".a{i}{{display:none}}")).collect();
    let rows = "<p>x</p>".repeat(20_000);
    assert_eq!(look(&format!("<style>{sheet}</style>{rows}"), Place::Text), Err(Bad::Deep));
}
