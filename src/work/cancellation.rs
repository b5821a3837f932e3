//! Cancellation of a computation that runs on several threads.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// The cancellation of what this thread computes now.
    static CURRENT: RefCell<Option<Cancellation>> = const { RefCell::new(None) };
}

/// A flag that ends a computation. Clones share it.
///
/// The computation ends by unwinding from its next checkpoint to [`Cancellation::run`], as
/// rust-analyzer's queries do: no function between has an error that none of its callers could act
/// on. The panic hook is not called.
#[derive(Debug, Clone, Default)]
pub struct Cancellation(Arc<AtomicBool>);

/// The error of a computation that was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the computation was cancelled")]
pub struct Cancelled;

impl Cancellation {
    /// End the computation at its next checkpoint.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Return whether the computation is to end.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Run `work` until it is done or cancelled.
    ///
    /// # Errors
    /// It was cancelled. A panic of `work` is passed on.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> Result<T, Cancelled> {
        let all = || Work(Some(self.clone())).part(work);
        // What the work leaves unfinished is dropped with it.
        match catch_unwind(AssertUnwindSafe(all)) {
            Ok(done) => Ok(done),
            Err(cause) if cause.is::<Cancelled>() => Err(Cancelled),
            Err(cause) => resume_unwind(cause),
        }
    }
}

/// A computation that may be cancelled: what code that goes on on other threads takes along.
#[derive(Debug, Clone)]
pub struct Work(Option<Cancellation>);

impl Work {
    /// Return the computation that this thread works on.
    pub fn current() -> Self {
        Self(CURRENT.with_borrow(Clone::clone))
    }

    /// Do a part of the computation, on whatever thread. A cancelled computation ends here.
    pub fn part<T>(&self, part: impl FnOnce() -> T) -> T {
        /// Gives the thread back to what it worked on before, a panic or not.
        struct Before(Option<Cancellation>);
        impl Drop for Before {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let _before = Before(CURRENT.replace(self.0.clone()));
        checkpoint();
        part()
    }
}

/// End the computation of this thread where it was cancelled. Costs a few nanoseconds.
pub fn checkpoint() {
    let cancelled = CURRENT.with_borrow(|of| of.as_ref().is_some_and(Cancellation::is_cancelled));
    if cancelled {
        resume_unwind(Box::new(Cancelled));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn a_cancelled_computation_ends_on_every_thread_and_others_go_on() {
        let (cancelled, whole) = (Cancellation::default(), Cancellation::default());
        let count = |of: &Cancellation, cancel_at: usize| {
            let done = AtomicUsize::new(0);
            let outcome = of.run(|| {
                let work = Work::current();
                (0..100_000usize).into_par_iter().for_each(|_| {
                    work.part(|| {
                        if done.fetch_add(1, Ordering::Relaxed) == cancel_at {
                            of.cancel();
                        }
                        checkpoint();
                    });
                });
            });
            (outcome, done.into_inner())
        };
        // Both on the same threads, which take parts of either.
        let (first, second) = rayon::join(|| count(&cancelled, 1000), || count(&whole, usize::MAX));
        assert_eq!(first.0, Err(Cancelled));
        assert!(first.1 < 2000, "{} parts", first.1);
        assert_eq!(second, (Ok(()), 100_000));
        assert_eq!(cancelled.run(|| ()), Err(Cancelled));
        // Work that nobody can cancel.
        checkpoint();
        assert_eq!(Work::current().part(|| 7), 7);
    }

    #[test]
    fn a_panic_is_passed_on() {
        let panicked = catch_unwind(|| Cancellation::default().run(|| panic!("a bug")));
        assert!(panicked.is_err());
        assert!(!Cancellation::default().is_cancelled());
        checkpoint();
    }
}
