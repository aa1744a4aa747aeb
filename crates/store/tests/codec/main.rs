//! The block codec as its users see it: what goes in comes out, and nothing else brings it down.

mod bytes_of_any_kind;
mod corpus;
mod events;
mod round_trip;
mod stability;
