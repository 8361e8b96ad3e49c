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
        ("<td style=\"font-size:0\">x<div style=\"font-size:16px\">A</div>y</td>", "a"),
        ("<style>.f{display:none}</style><p class=\"e f\">x</p>A", "a"),
        ("<p class=\"f\">x</p>A<style>p.f{visibility:hidden}</style>", "a"),
        ("<style>@media print{.f{display:none}}</style><p class=f>A</p>", "a"),
        ("<!--[if mso]><p>x</p><![endif]-->A", "a"),
        ("<ul><li hidden>x<li>A</ul>", "a"),
        ("a &amp; b", "a&b"),
    ] {
        assert_eq!(look(html, Place::Text).unwrap().words, words, "{html}");
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
    assert_eq!(lines("<script>x</script><p>A"), ["x", "A"]);
}
