//! The browser's view without a type.
//!
//! Leptos has one, made for every way a view can come to life; one of them waits for code that is still
//! being loaded, and costs as much as all the others together. No page here is loaded in parts. What is
//! left: build, hydrate, update in place.

use std::any::{Any, TypeId};

use leptos::prelude::*;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node, Placeholder};
use leptos::tachys::view::{Mountable, Position, PositionState};

/// A view of any type.
pub struct Piece(Box<dyn AnyPiece>);

/// What is in the document for a [`Piece`].
pub struct PieceState {
    /// Of the view it was made from.
    view: TypeId,
    nodes: Box<dyn AnyNodes>,
    /// Holds the place of a view without elements.
    placeholder: Option<Placeholder>,
}

impl Piece {
    pub fn new<T: RenderHtml>(view: T) -> Self {
        Self(Box::new(view.into_owned()))
    }
}

trait AnyPiece: Send {
    fn view(&self) -> TypeId;
    fn build(self: Box<Self>) -> PieceState;
    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> PieceState;
    /// `nodes` are those of a view of the same type.
    fn rebuild(self: Box<Self>, nodes: &mut dyn AnyNodes);
}

impl<T: RenderHtml + 'static> AnyPiece for T {
    fn view(&self) -> TypeId {
        TypeId::of::<T>()
    }

    fn build(self: Box<Self>) -> PieceState {
        state(TypeId::of::<T>(), Box::new((*self).build()), (!T::EXISTS).then(Rndr::create_placeholder))
    }

    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> PieceState {
        let nodes = (*self).hydrate::<true>(cursor, position);
        let placeholder = (!T::EXISTS).then(|| cursor.next_placeholder(position));
        state(TypeId::of::<T>(), Box::new(nodes), placeholder)
    }

    fn rebuild(self: Box<Self>, nodes: &mut dyn AnyNodes) {
        if let Some(nodes) = nodes.as_any().downcast_mut() {
            (*self).rebuild(nodes);
        }
    }
}

fn state(view: TypeId, nodes: Box<dyn AnyNodes>, placeholder: Option<Placeholder>) -> PieceState {
    PieceState { view, nodes, placeholder }
}

trait AnyNodes: Mountable {
    fn as_any(&mut self) -> &mut dyn Any;
}

impl<T: Mountable + 'static> AnyNodes for T {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Render for Piece {
    type State = PieceState;

    fn build(self) -> PieceState {
        self.0.build()
    }

    fn rebuild(self, state: &mut PieceState) {
        if self.0.view() == state.view {
            return self.0.rebuild(&mut *state.nodes);
        }
        let mut newer = self.0.build();
        match &mut state.placeholder {
            Some(placeholder) => {
                placeholder.insert_before_this(&mut newer);
                placeholder.unmount();
            }
            None => {
                state.insert_before_this(&mut newer);
            }
        }
        state.unmount();
        *state = newer;
    }
}

impl Mountable for PieceState {
    fn unmount(&mut self) {
        self.nodes.unmount();
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.unmount();
        }
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.nodes.mount(parent, marker);
        if let Some(placeholder) = &mut self.placeholder {
            placeholder.mount(parent, marker);
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.nodes.insert_before_this(child)
            || self.placeholder.as_ref().is_some_and(|placeholder| placeholder.insert_before_this(child))
    }

    fn elements(&self) -> Vec<Element> {
        self.nodes.elements()
    }
}

impl AddAnyAttr for Piece {
    type Output<NewAttr: Attribute> = Self;

    /// Attributes are given to elements where they are written, never to whole pieces.
    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

impl RenderHtml for Piece {
    type AsyncOutput = Self;
    type Owned = Self;
    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    /// Pages are written on the server, where views keep leptos's own type.
    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> PieceState {
        self.0.hydrate(cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}
