//! What several pages use.

pub mod breakdown;
pub mod chart;
pub mod connection;
pub mod copy;
pub mod event_kind;
pub mod failure;
pub mod finding;
pub mod frame;
pub mod health;
pub mod help;
pub mod loaded;
pub mod notice;
pub mod operations;
pub mod panel;
pub mod resizer;
pub mod search;
pub mod service;
pub mod sheet;
pub mod text_filter;
pub mod theme;
pub mod time;
pub mod virtual_list;
