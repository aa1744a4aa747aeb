//! The cached sqlx data layer: all SQL lives here, and no row struct leaves.
//!
//! [`open`](sqlite::open) gives the two halves of a store: [`Store`], cheap to clone, for reads from any task, and
//! [`Writer`], of which there is one. A commit is durable when [`Writer::commit`] returns, and visible
//! to every read that begins afterwards.

pub mod block;
pub mod cache;
mod error;
mod sqlite;

pub use error::{OpenError, StoreError};
pub use sqlite::compact::{Compacted, CompactionPlan};
pub use sqlite::events::{PartBytes, TracePart, TraceReader};
pub use sqlite::follow::{Changed, DecodedTraces, ManyTraces, Mark};
pub use sqlite::list::{Cursor, ListOrder, ListPage};
pub use sqlite::open::{StoreOptions, migrate, open};
pub use sqlite::service::Call;
pub use sqlite::statistics::{OperationStatistics, ServiceMinute};
pub use sqlite::writer::{Commit, Counted, Writer};
pub use sqlite::{Counters, Store};
