//! Results that are kept for the next request.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The latest results by their key, bounded in number: where there are too many, the oldest goes.
#[derive(Debug)]
pub(super) struct KeptResults<K, V> {
    most: usize,
    /// The oldest first.
    entries: Mutex<VecDeque<(K, V)>>,
}

impl<K: PartialEq, V: Clone> KeptResults<K, V> {
    /// Return a place for at most `most` results.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            entries: Mutex::default(),
        }
    }

    /// Return the result that is kept for a key.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        let entries = self.lock();
        let found = entries.iter().find(|(of, _)| of == key);
        found.map(|(_, kept)| kept.clone())
    }

    /// Keep a result. One that was kept for the same key is replaced.
    pub(super) fn keep(&self, key: K, result: V) {
        let mut entries = self.lock();
        entries.retain(|(of, _)| *of != key);
        if entries.len() >= self.most {
            entries.pop_front();
        }
        entries.push_back((key, result));
    }

    /// Forget all results, and say whether there were any.
    pub(super) fn clear(&self) -> bool {
        !std::mem::take(&mut *self.lock()).is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(K, V)>> {
        // A panic between two changes of the queue only loses a result.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_result_goes_first_and_a_key_has_one_result() {
        let kept = KeptResults::new(2);
        kept.keep('a', 1);
        kept.keep('b', 2);
        kept.keep('a', 3);
        kept.keep('c', 4);
        let found = ['a', 'b', 'c'].map(|key| kept.get(&key));
        assert_eq!(found, [Some(3), None, Some(4)]);
        kept.clear();
        assert_eq!(kept.get(&'a'), None);
    }
}
