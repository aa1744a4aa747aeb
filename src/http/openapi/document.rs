//! The document, put together from the list of routes and the schemas of their answers.

use std::collections::BTreeMap;

use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathsBuilder, RefOr,
    Required, Response, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use super::routes::{ROUTES, Route};

/// Schemas by the names they are referred to by.
#[derive(Default)]
pub struct Schemas(BTreeMap<String, RefOr<Schema>>);

impl Schemas {
    /// The schema of a type; it and all it is made of are kept.
    pub fn of<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        self.0.extend(parts);
        let name = T::name().into_owned();
        self.0.entry(name.clone()).or_insert_with(<T as PartialSchema>::schema);
        RefOr::Ref(utoipa::openapi::Ref::from_schema_name(name))
    }
}

/// The whole API. Made once, when the server starts.
pub fn document() -> OpenApi {
    let mut schemas = Schemas::default();
    let mut paths = PathsBuilder::new();
    for route in ROUTES {
        paths = paths.path(route.path, item(route, &mut schemas));
    }
    let info = InfoBuilder::new()
        .title("Raceway")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "What concurrent and distributed programs did and could have done. Answers come in an envelope: \
             `success`, `data`, `error`. Reads carry an `ETag`; with `If-None-Match` what is unchanged costs a 304.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0 OR MIT").build()))
        .build();
    let components = ComponentsBuilder::new().schemas_from_iter(schemas.0).build();
    OpenApiBuilder::new().info(info).paths(paths.build()).components(Some(components)).build()
}

fn item(route: &Route, schemas: &mut Schemas) -> utoipa::openapi::PathItem {
    let mut operation = OperationBuilder::new()
        .tag(route.tag)
        .summary(Some(route.summary))
        .operation_id(Some(route.name()))
        .response("200", answer(route, schemas))
        .response("default", failure());
    for part in route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        operation = operation.parameter(parameter(part, ParameterIn::Path, ""));
    }
    for &(name, meaning) in route.query {
        operation = operation.parameter(parameter(name, ParameterIn::Query, meaning));
    }
    if let Some(body) = route.body {
        let schema = ObjectBuilder::new().description(Some(body)).build();
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let body = utoipa::openapi::request_body::RequestBodyBuilder::new()
            .content("application/json", content)
            .required(Some(Required::True))
            .build();
        operation = operation.request_body(Some(body));
    }
    utoipa::openapi::PathItem::new(route.method.clone(), operation.build())
}

fn parameter(name: &str, place: ParameterIn, meaning: &str) -> utoipa::openapi::path::Parameter {
    let required = if place == ParameterIn::Path { Required::True } else { Required::False };
    let meaning = (!meaning.is_empty()).then_some(meaning);
    let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(meaning)
        .schema(Some(text))
        .build()
}

fn answer(route: &Route, schemas: &mut Schemas) -> Response {
    let data = (route.answer)(schemas);
    let schema = if route.enveloped { envelope(data) } else { data };
    ResponseBuilder::new()
        .description(route.summary)
        .content("application/json", ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

fn failure() -> Response {
    let schema =
        envelope(RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null)).build())));
    ResponseBuilder::new()
        .description("What went wrong, in `error`; `success` is false.")
        .content("application/json", ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

fn envelope(data: RefOr<Schema>) -> RefOr<Schema> {
    let of_type = |kind: Type| ObjectBuilder::new().schema_type(SchemaType::Type(kind)).build();
    let error = AnyOfBuilder::new().item(of_type(Type::String)).item(of_type(Type::Null)).build();
    let object = ObjectBuilder::new()
        .property("success", of_type(Type::Boolean))
        .property("data", data)
        .property("error", RefOr::T(Schema::AnyOf(error)))
        .required("success")
        .required("data")
        .required("error");
    RefOr::T(Schema::Object(object.build()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The routes as they are registered, from the text that registers them.
    fn registered() -> BTreeSet<String> {
        let source = include_str!("../wire/mod.rs");
        source.split(".route(\"").filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
    }

    #[test]
    fn every_route_is_documented_and_every_documented_route_is_there() {
        let documented: BTreeSet<String> = ROUTES.iter().map(|route| route.path.to_owned()).collect();
        assert_eq!(documented, registered());
    }

    #[test]
    fn every_schema_that_is_referred_to_is_in_the_document() {
        let document = serde_json::to_value(document()).expect("a document");
        let known = document["components"]["schemas"].as_object().expect("schemas");
        let text = document.to_string();
        let mut referred = 0;
        for rest in text.split("\"#/components/schemas/").skip(1) {
            let name = rest.split('"').next().unwrap_or_default();
            assert!(known.contains_key(name), "{name} is not there");
            referred += 1;
        }
        assert!(referred > 50, "{referred}");
    }

    #[test]
    fn names_of_operations_are_unique() {
        let names: BTreeSet<String> = ROUTES.iter().map(Route::name).collect();
        assert_eq!(names.len(), ROUTES.len());
    }
}
