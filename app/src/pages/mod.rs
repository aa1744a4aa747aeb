//! The pages, one folder each, with the parts only they use.

pub mod dashboard;
pub mod not_found;
pub mod races;
pub mod service;
pub mod services;
pub mod trace;
pub mod traces;
