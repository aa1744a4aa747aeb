//! The browser's pages, and the server functions they ask.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use engine::Engine;
use leptos::prelude::{LeptosOptions, provide_context};
use leptos_axum::{LeptosRoutes as _, generate_route_list, render_app_async_with_context};

use super::assets::{self, Manifest};
use super::router::{has_no_page, method_not_allowed, not_found};

/// Pages, server functions, static files, and the answer to every other path.
pub fn routes(engine: Engine) -> Router {
    let options = LeptosOptions::builder().output_name("raceway").build();
    let context = move || provide_context(engine.clone());
    let Some(assets) = assets::manifest().map(page_assets) else {
        // The server functions alone: programs may ask them whether there are pages or not.
        let routes = Router::new().leptos_routes_with_context(&options, Vec::new(), context, || ());
        return routes.fallback(without_pages).with_state(options);
    };
    let shell = {
        let options = options.clone();
        move || app::shell(options.clone(), assets.clone())
    };
    let render = render_app_async_with_context(context.clone(), shell.clone());
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(app::App), context, shell)
        .fallback(move |request: Request| async move {
            match without_page(&request) {
                Some(response) => response,
                None => with_status(StatusCode::NOT_FOUND, render(request).await),
            }
        })
        .with_state(options)
}

fn page_assets(manifest: Manifest) -> app::Assets {
    let url = |name: String| format!("/pkg/{name}");
    app::Assets { js: url(manifest.js), wasm: url(manifest.wasm), css: url(manifest.css) }
}

/// The answer to a path that is not a page's, or not a reader's; `None` when there should be a page.
fn without_page(request: &Request) -> Option<Response> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    let file = if is_read { assets::file(path, request.headers()) } else { None };
    match file {
        Some(file) => Some(file),
        None if has_no_page(path) => Some(not_found()),
        None if !is_read => Some(method_not_allowed()),
        None => None,
    }
}

/// A binary that was built before the browser's files were.
async fn without_pages(request: Request) -> Response {
    if let Some(response) = without_page(&request) {
        return response;
    }
    let page = "<!doctype html><html lang=\"en\"><title>Raceway</title><h1>The pages are not built</h1>\
        <p>This server was built without the browser's files. Run <code>make build</code> and start \
        <code>dist/raceway</code>. The API works all the same.</p></html>";
    let headers = [(CACHE_CONTROL, "no-store"), (CONTENT_SECURITY_POLICY, "default-src 'none'"), (RETRY_AFTER, "60")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, Html(page)).into_response()
}

/// Unless the page chose a status itself.
fn with_status(status: StatusCode, mut page: Response) -> Response {
    if page.status() == StatusCode::OK {
        *page.status_mut() = status;
    }
    page
}
