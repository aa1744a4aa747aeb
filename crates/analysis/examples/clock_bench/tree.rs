//! Tree clocks (Mathur, Pavlogiannis, Tunç and Viswanathan, "A tree clock data structure for causal orderings in
//! concurrent executions", ASPLOS 2022): a vector clock that remembers from whom each entry was learnt, so that
//! a join looks at what is new and little else.
//!
//! Times here count operations taken, and what an operation learns is published with the next count: an entry's
//! time of attachment is the owner's time plus one.

use analysis::ThreadIdx;
use analysis::races::clock::Clock;

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Node {
    time: u32,
    /// The parent's time from which on it knows this entry.
    attached: u32,
    parent: u32,
    first_child: u32,
    next: u32,
    previous: u32,
    present: bool,
}

const ABSENT: Node =
    Node { time: 0, attached: 0, parent: NONE, first_child: NONE, next: NONE, previous: NONE, present: false };

/// Nodes by thread. Invariant: children descend by time of attachment.
#[derive(Clone)]
pub struct TreeClock {
    root: ThreadIdx,
    nodes: Vec<Node>,
}

impl TreeClock {
    fn node(&mut self, thread: ThreadIdx) -> &mut Node {
        if self.nodes.len() <= thread as usize {
            self.nodes.resize(thread as usize + 1, ABSENT);
        }
        &mut self.nodes[thread as usize]
    }

    fn detach(&mut self, thread: ThreadIdx) {
        let Node { parent, next, previous, .. } = *self.node(thread);
        if let Some(previous) = self.nodes.get_mut(previous as usize) {
            previous.next = next;
        } else if let Some(parent) = self.nodes.get_mut(parent as usize) {
            parent.first_child = next;
        }
        if let Some(next) = self.nodes.get_mut(next as usize) {
            next.previous = previous;
        }
        let node = self.node(thread);
        (node.parent, node.next, node.previous) = (NONE, NONE, NONE);
    }

    fn attach(&mut self, thread: ThreadIdx, parent: ThreadIdx, attached: u32) {
        let first = self.node(parent).first_child;
        self.node(parent).first_child = thread;
        if let Some(first) = self.nodes.get_mut(first as usize) {
            first.previous = thread;
        }
        let node = self.node(thread);
        (node.parent, node.next, node.previous, node.attached) = (parent, first, NONE, attached);
    }

    /// Nodes of the other clock that are news here, parents last. With `copying`, the node of this root is news
    /// too wherever it is met.
    fn news(&self, other: &Self, copying: bool) -> Vec<ThreadIdx> {
        let mut news = Vec::new();
        let mut stack = vec![(other.root, other.nodes[other.root as usize].first_child)];
        while let Some((parent, child)) = stack.pop() {
            let Some(node) = other.nodes.get(child as usize) else {
                news.push(parent);
                continue;
            };
            if self.known(child) < node.time {
                stack.push((parent, node.next));
                stack.push((child, node.first_child));
                continue;
            }
            if copying && child == self.root {
                news.push(child);
            }
            let rest = if node.attached <= self.known(parent) { NONE } else { node.next };
            stack.push((parent, rest));
        }
        news
    }

    fn take(&mut self, other: &Self, news: &[ThreadIdx]) {
        for &thread in news {
            if thread != self.root && self.node(thread).present {
                self.detach(thread);
            }
        }
        for &thread in news.iter().rev() {
            let theirs = other.nodes[thread as usize];
            let node = self.node(thread);
            (node.time, node.present) = (theirs.time, true);
            if theirs.parent != NONE {
                self.attach(thread, theirs.parent, theirs.attached);
            }
        }
    }
}

impl Clock for TreeClock {
    type Published = Self;

    fn new(thread: ThreadIdx) -> Self {
        let mut clock = Self { root: thread, nodes: Vec::new() };
        clock.node(thread).present = true;
        clock
    }

    fn known(&self, thread: ThreadIdx) -> u32 {
        self.nodes.get(thread as usize).map_or(0, |node| node.time)
    }

    fn advance(&mut self, taken: u32) {
        self.nodes[self.root as usize].time = taken;
    }

    fn learn(&mut self, thread: ThreadIdx, taken: u32) {
        if self.known(thread) < taken {
            if self.node(thread).present {
                self.detach(thread);
            }
            let node = self.node(thread);
            (node.time, node.present) = (taken, true);
            let attached = self.known(self.root) + 1;
            self.attach(thread, self.root, attached);
        }
    }

    fn publish(&self, slot: &mut Option<Self>) {
        match slot {
            Some(clock) if clock.root == self.root || self.known(clock.root) >= clock.known(clock.root) => {
                let news = clock.news(self, true);
                clock.take(self, &news);
                clock.root = self.root;
            }
            _ => *slot = Some(self.clone()),
        }
    }

    fn join(&mut self, published: &Self) {
        if self.known(published.root) >= published.known(published.root) {
            return;
        }
        let news = self.news(published, false);
        self.take(published, &news);
        let attached = self.known(self.root) + 1;
        self.attach(published.root, self.root, attached);
    }
}
