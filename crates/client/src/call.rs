//! A function call: begins where it is made, is recorded when it is dropped.

use std::panic::Location;

use model::Nanos;

use crate::clock;
use crate::context::{Context, Stamp};
use crate::event::Kind;
use crate::value::Json;

/// A running function call; see [`Context::call`].
#[derive(Debug)]
#[must_use = "the call ends, and is recorded, when this is dropped"]
pub struct Call<'a> {
    ctx: &'a Context,
    stamp: Stamp,
    name: String,
    args: Json,
    location: &'static Location<'static>,
}

impl<'a> Call<'a> {
    pub(crate) fn begin(ctx: &'a Context, name: &str, args: Json, location: &'static Location<'static>) -> Self {
        Self { ctx, stamp: ctx.stamp(), name: name.into(), args, location }
    }

    /// When it began.
    pub fn started(&self) -> Nanos {
        self.stamp.at
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let file = self.location.file();
        let (module, function_name) = self.name.rsplit_once("::").unwrap_or_else(|| (file_stem(file), &self.name));
        let line = self.location.line();
        let kind = Kind::FunctionCall { function_name, module, args: &self.args, file, line };
        let duration = std::time::Duration::from_nanos(clock::now().since(self.stamp.at));
        self.ctx.emit(self.stamp, &kind, Some(duration));
    }
}

fn file_stem(file: &str) -> &str {
    std::path::Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or(file)
}
