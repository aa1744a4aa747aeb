//! Views and what follows signals inside them, without their types.
//!
//! Every closure and every nested element is a type of its own, and each gets its own copy of the code that
//! builds, hydrates, updates and drops it. Where pages are put together, the types end: one boxed call at
//! run time instead of some kilobytes to download. (A closure's type has the parameters of the function it
//! is written in, even unused ones: hence the functions inside functions.)

use std::future::Future;
use std::sync::Arc;

use leptos::prelude::*;

#[cfg(not(feature = "ssr"))]
mod piece;

/// A view whose type has ended.
#[cfg(feature = "ssr")]
pub type Html = AnyView;
#[cfg(not(feature = "ssr"))]
pub type Html = piece::Piece;

/// A view whose type ends here.
pub trait Erase {
    fn erase(self) -> Html;
}

impl<T: IntoView> Erase for T {
    #[cfg(feature = "ssr")]
    fn erase(self) -> Html {
        self.into_any()
    }

    #[cfg(not(feature = "ssr"))]
    fn erase(self) -> Html {
        piece::Piece::new(self)
    }
}

/// Text, or an attribute that is always there.
pub type Text = Box<dyn Fn() -> String + Send + Sync>;

pub fn text(follow: impl Fn() -> String + Send + Sync + 'static) -> Text {
    Box::new(follow)
}

/// An attribute that is there only while it has a value.
pub type Attribute = Box<dyn Fn() -> Option<String> + Send + Sync>;

pub fn attribute(follow: impl Fn() -> Option<String> + Send + Sync + 'static) -> Attribute {
    Box::new(follow)
}

/// An attribute that says `true`, or is not there.
pub fn mark(follow: impl Fn() -> bool + Send + Sync + 'static) -> Attribute {
    Box::new(move || follow().then(|| "true".to_owned()))
}

/// Elements that are made anew when what they read changes.
pub type Part = Box<dyn Fn() -> Html + Send + Sync>;

pub fn part<V: IntoView + 'static>(follow: impl Fn() -> V + Send + Sync + 'static) -> Part {
    Box::new(move || follow().erase())
}

/// Elements that are there while something holds; they are made anew only when that changes.
pub fn when(
    condition: impl Fn() -> bool + Send + Sync + 'static,
    then: impl Fn() -> Html + Send + Sync + 'static,
) -> Part {
    fn boxed(holds: Memo<bool>, then: Box<dyn Fn() -> Html + Send + Sync>) -> Part {
        Box::new(move || if holds.get() { then() } else { ().erase() })
    }
    boxed(memo(condition), Box::new(then))
}

/// One of a list's elements: made when its key comes, dropped when it goes, moved in between.
#[derive(Clone)]
pub struct Item {
    key: String,
    view: Arc<dyn Fn() -> Html + Send + Sync>,
}

impl Item {
    pub fn new(key: impl ToString, view: impl Fn() -> Html + Send + Sync + 'static) -> Self {
        Self { key: key.to_string(), view: Arc::new(view) }
    }
}

/// A list that follows signals.
pub fn items(list: impl Fn() -> Vec<Item> + Send + Sync + 'static) -> Html {
    fn boxed(list: Box<dyn Fn() -> Vec<Item> + Send + Sync>) -> Html {
        view! {
            <For each=list key=|item| item.key.clone() let:item>
                {(item.view)()}
            </For>
        }
        .erase()
    }
    boxed(Box::new(list))
}

/// What waits for answers: `fallback` before the first, then the newest there is.
pub fn waiting<F>(fallback: fn() -> Html, view: impl Fn() -> F + Send + Sync + 'static) -> Html
where
    F: Future<Output = Html> + Send + 'static,
{
    fn boxed(fallback: fn() -> Html, view: Box<dyn Fn() -> Suspend<Html> + Send + Sync>) -> Html {
        view! { <Transition fallback=fallback>{view}</Transition> }.erase()
    }
    boxed(fallback, Box::new(move || Suspend::new(view())))
}

/// A value derived from signals, compared before it is passed on.
pub fn memo<T: PartialEq + Send + Sync + 'static>(derive: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    fn boxed<T: PartialEq + Send + Sync + 'static>(derive: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
        Memo::new(move |_| derive())
    }
    boxed(Box::new(derive))
}

/// Something done in the browser whenever what it reads changes.
pub fn effect(act: impl FnMut() + 'static) {
    fn boxed(mut act: Box<dyn FnMut()>) {
        Effect::new(move |_: Option<()>| act());
    }
    boxed(Box::new(act));
}
