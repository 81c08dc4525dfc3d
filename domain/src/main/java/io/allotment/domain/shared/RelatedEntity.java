package io.allotment.domain.shared;

/**
 * What something was for, in the product's own words: {@code meeting} and its id, {@code content_item} and its id.
 */
public record RelatedEntity(String type, String id) {

    public RelatedEntity {
        type = Text.name("relatedTo.type", type, 100);
        id = Text.name("relatedTo.id", id, 200);
    }
}
