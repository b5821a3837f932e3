//! Computations that end early where nobody waits for their result any more.
//!
//! What starts a computation gives it a [`Cancellation`]. Code that runs for long calls
//! [`checkpoint`] in its loops, and [`Work::part`] where it goes on on other threads.

mod cancellation;

pub use cancellation::{Cancellation, Cancelled, Work, checkpoint};
