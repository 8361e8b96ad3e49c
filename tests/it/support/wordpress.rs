//! Debian's WordPress on a MariaDB of its own, started once by whichever test asks first and stopped when the test process
//! is gone (`tests/peers/wordpress-up.sh`). Tests share the site: each uses its own delivery keys and names.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::fakes::target;

/// A running site.
pub struct WordPress {
    /// `http://127.0.0.1:port`.
    pub url: String,
    passwords: BTreeMap<String, String>,
}

/// The site, started if need be. Panics with the script's words if it cannot be: a test without its server fails.
pub fn wordpress() -> &'static WordPress {
    static SITE: OnceLock<WordPress> = OnceLock::new();
    SITE.get_or_init(|| {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let out = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/wordpress-up.sh"))
            .arg(target().join("test-peers/wordpress"))
            .arg(port.to_string())
            .arg(std::process::id().to_string())
            .output()
            .expect("bash");
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success(), "wordpress-up.sh: {said}{}", String::from_utf8_lossy(&out.stderr));
        let mut passwords: BTreeMap<String, String> = said
            .lines()
            .filter_map(|l| l.strip_prefix("LOA_WP_")?.split_once('='))
            .map(|(k, v)| (k.to_ascii_lowercase(), v.trim_matches('\'').to_owned()))
            .collect();
        WordPress { url: passwords.remove("url").expect("the script's answer"), passwords }
    })
}

impl WordPress {
    /// The application password of `admin`, `editor`, `author` or `contributor`.
    pub fn password(&self, user: &str) -> &str {
        &self.passwords[user]
    }
    /// Settings of an account that writes as `user` through `url` (the site's own, or a proxy before it).
    pub fn settings(&self, user: &str, url: &str) -> Value {
        serde_json::json!({"url": url, "user": user, "password": self.password(user)})
    }
    /// Asks the REST API as admin; panics on anything but a 2xx.
    pub async fn rest(&self, method: reqwest::Method, path: &str) -> Value {
        self.ask(method, path, None).await
    }
    /// Writes as the site's administrator: what somebody else did there.
    pub async fn write(&self, path: &str, fields: &Value) -> Value {
        self.ask(reqwest::Method::POST, path, Some(fields)).await
    }
    async fn ask(&self, method: reqwest::Method, path: &str, fields: Option<&Value>) -> Value {
        let mut request = reqwest::Client::builder()
            .build()
            .unwrap()
            .request(method, format!("{}/wp-json/wp/v2/{path}", self.url))
            .basic_auth("admin", Some(self.password("admin")));
        if let Some(fields) = fields {
            request = request.json(fields);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let value: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {value}");
        value
    }
    /// Every post, in any state and the trash, with this slug or one of the names WordPress gives its repeats.
    pub async fn posts(&self, slug: &str) -> Vec<Value> {
        let mut slugs = vec![slug.to_owned()];
        slugs.extend((2..10).map(|n| format!("{slug}-{n}")));
        slugs.extend(slugs.clone().iter().map(|s| format!("{s}__trashed")));
        let path = format!("posts?status=any,trash&context=edit&per_page=100&slug={}", slugs.join(","));
        self.rest(reqwest::Method::GET, &path).await.as_array().unwrap().clone()
    }
    /// What a visitor gets at `url`.
    pub async fn visit(&self, url: &str) -> (u16, String) {
        let answer = reqwest::get(url).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}
