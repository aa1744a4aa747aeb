//! The browser's pages, as far as they can be seen without a browser.

use reqwest::Method;

use crate::events::{TRACE, small_trace};
use crate::support::{Server, answer};

/// The browser's files are built apart; a server without them says how to get them.
#[tokio::test]
async fn a_page_is_served_or_says_how_to_build_it() {
    let server = Server::start().await;
    server.store(&small_trace()).await;
    for (path, status) in
        [("/", 200), ("/traces", 200), (&*format!("/traces/{TRACE}/events"), 200), ("/no/such/page", 404)]
    {
        let page = server.get(path).await;
        assert!(page.header("content-type").is_some_and(|media| media.starts_with("text/html")), "{path}");
        assert!(page.header("content-security-policy").is_some(), "{path}");
        assert_eq!(page.header("etag"), None, "{path}");
        if page.status == 503 {
            assert!(page.text().contains("make build"), "{path}");
        } else {
            assert_eq!(page.status, status, "{path}");
            assert_eq!(page.header("cache-control"), Some("private, no-cache"), "{path}");
        }
    }
}

#[tokio::test]
async fn built_files_are_immutable_and_precompressed() {
    let server = Server::start().await;
    let page = server.get("/").await;
    if page.status == 503 {
        return;
    }
    let text = page.text();
    let names: Vec<&str> = text.split('"').filter(|part| part.starts_with("/pkg/")).collect();
    assert!(names.len() >= 3, "{names:?}");
    for name in names {
        let file = answer(server.request(Method::GET, name).header("accept-encoding", "gzip, br")).await;
        assert_eq!((file.status.as_u16(), file.header("content-encoding")), (200, Some("br")), "{name}");
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"), "{name}");
        assert_eq!(file.header("vary"), Some("accept-encoding"), "{name}");
        let plain = server.get(name).await;
        assert!(plain.header("content-encoding").is_none() && plain.body.len() > file.body.len(), "{name}");
        let tag = plain.header("etag").expect("a tag");
        assert_eq!(answer(server.request(Method::GET, name).header("if-none-match", tag)).await.status, 304, "{name}");
    }
    server.get("/pkg/manifest.json").await.assert_failed(404, "route", "the manifest");
}
