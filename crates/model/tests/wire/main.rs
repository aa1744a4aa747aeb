//! The contract's JSON, in and out, as clients send and read it.

mod clients;
mod columns;
mod corpus;
mod properties;
mod refusals;
mod secrets;
mod support;
