//! The HTML around the application: what must be there before any of it runs.

use http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

use crate::erase::{Erase, Html};
use crate::routes::App;

/// Addresses of the built files, each with its hash in the name.
#[derive(Debug, Clone)]
pub struct Assets {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// Runs before the first paint. Going back to an address that only the page's own script would show loads it, until that
/// script listens; and what the viewer chose holds from the first frame on.
const EARLY_SCRIPT: &str = r#"{const back=()=>location.reload();addEventListener("popstate",back);addEventListener("raceway:alive",()=>removeEventListener("popstate",back),{once:true})}try{const d=document.documentElement,t=localStorage.getItem("raceway.theme");if(t==="dark"||t==="light")d.dataset.theme=t;for(const n of["list-width","details-width"]){const w=parseInt(localStorage.getItem("raceway."+n),10);if(w>0)d.style.setProperty("--"+n,w+"px")}}catch{}"#;

/// Drawn in the document itself: no request, and no missing favicon on the console.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%233b5bdb'/%3E%3Cpath d='M2 5.5h5.5l3 5H14M2 10.5h5.5l3-5H14' fill='none' stroke='%23fff' stroke-width='1.6'/%3E%3C/svg%3E";

pub fn shell(options: LeptosOptions, assets: Assets) -> Html {
    let nonce = use_nonce();
    set_content_policy(nonce.as_ref().map_or("", |nonce| nonce.as_inner()));
    let start = format!(
        "import init,{{hydrate}} from {:?};init({{module_or_path:{:?}}}).then(()=>hydrate(location.pathname)).then(()=>dispatchEvent(new Event(\"raceway:alive\")));",
        assets.js, assets.wasm
    );
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta
                    name="description"
                    content="What concurrent and distributed programs did, and what else could have happened"
                />
                <link rel="icon" href=ICON/>
                <script nonce=nonce.clone()>{EARLY_SCRIPT}</script>
                <link rel="stylesheet" href=assets.css/>
                <link rel="modulepreload" href=assets.js/>
                <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <script type="module" nonce=nonce>{start}</script>
                <AutoReload options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
    .erase()
}

fn set_content_policy(nonce: &str) {
    let Some(options) = use_context::<ResponseOptions>() else { return };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}
